"""Answer questions: one about a photo, as many as you type (end with Ctrl-D), or all of a CSV or JSONL file."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.console import json_line
from captioner.cli.model import add_device, add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress
from captioner.ranges import SHARE
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.inference import Answers, Captioner
    from captioner.photos import Clip

UNSURE = "I cannot tell"
TABLES = (".csv", ".tsv", ".jsonl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("photo", type=Path, help="the photo, or a .csv, .tsv or .jsonl of image and question")
    parser.add_argument("question", nargs="?", help="in words; without it, questions are read line by line")
    add_model(parser)
    parser.add_argument("--top", type=int, default=1, metavar="N", help="answers shown, with their probability (1)")
    parser.add_argument(
        "--at-least",
        type=float,
        default=0.0,
        metavar="P",
        help='say "I cannot tell" where fewer such answers are right than this, 0 to 1 (0); of a model that was not'
        " calibrated, where the best answer is less probable",
    )
    parser.add_argument("--json", action="store_true", help="JSON lines with probabilities and unknown words")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of a table's photos (images beside it)")
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos of a table at once (16)")
    add_device(parser)
    add_max_pixels(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints answers as they are found; 1 if a photo of a table could not be read."""
    if arguments.at_least not in SHARE:
        raise ValueError(f"--at-least is a probability, from 0 to 1, not {arguments.at_least}")
    many = arguments.photo.suffix.lower() in TABLES
    if many and arguments.question is not None:
        raise ValueError(
            f"{arguments.photo} holds questions already: leave {arguments.question!r} out, or give a photo"
        )

    from captioner.inference import load

    model = load(arguments.model, arguments.device, max_pixels=arguments.max_pixels, engine=arguments.engine)
    if many:
        return table(arguments, model)
    if arguments.question is not None:
        show(model.ask(arguments.photo, arguments.question, top=arguments.top), arguments.photo, arguments)
        return 0
    return conversation(arguments, model, sys.stdin)


def conversation(arguments: argparse.Namespace, model: "Captioner", lines: Iterable[str]) -> int:
    """Answers a question a line until the end of the input, with a prompt where a person types."""
    from captioner.photos import read_photo, stretch

    photo = arguments.photo
    if stretch(photo) is None:  # a photo is read once for all questions
        photo = read_photo(photo, max_pixels=arguments.max_pixels)
    typed = sys.stdin.isatty()
    prompt = "? " if typed else ""
    print(prompt, end="", flush=True)
    for line in lines:
        if line.strip():
            show(model.ask(photo, line.strip(), top=arguments.top), arguments.photo, arguments)
        print(prompt, end="", flush=True)
    if typed:
        print()
    return 0


def table(arguments: argparse.Namespace, model: "Captioner") -> int:
    """Answers all questions of a table, photo by photo; lines are `image<TAB>question<TAB>answer`, or JSON."""
    from captioner.data.read.questions import by_photo, read_questions
    from captioner.inference import Unreadable

    questions = read_questions(arguments.photo, images=arguments.images)
    photos = by_photo(questions)
    asked = [(photo.source, [questions[place].text for place in photo.questions]) for photo in photos]
    broken = done = 0
    with progress("questions") as advance:
        results = model.ask_each(asked, top=arguments.top, batch=arguments.batch)
        for photo, result in zip(photos, results, strict=True):
            if isinstance(result, Unreadable):
                print(f"captioner ask: {shown(result.reason)}", file=sys.stderr)
                broken += 1
            else:
                for answers in result.answers:
                    show(answers, result.source, arguments, line=True)
            done += len(photo.questions)
            advance(done, len(questions))
    return 1 if broken else 0


def show(answers: "Answers", photo: "Path | Clip", arguments: argparse.Namespace, *, line: bool = False) -> None:
    """Prints the answers to one question, or that none is sure enough; words that the model does not know are told.

    Args:
        line: whether the photo and the question stand before the answer, as in the answers to a table.
    """
    told_nothing = answers.sure < arguments.at_least
    if arguments.json:
        found = [{"answer": text, "probability": probability} for text, probability in answers.best]
        content = {
            "photo": str(photo),
            "question": answers.question,
            **found[0],
            **({"answer": None} if told_nothing else {}),
            "doubt": answers.doubt,
            "right": answers.right,
            "unknown": answers.unknown,
            "top": found,
        }
        print(json_line(content), flush=True)
        return
    warn(answers)
    if told_nothing:
        told = [UNSURE]
    elif len(answers.best) == 1:
        told = [answers.text]
    else:
        told = [f"{100 * probability:5.1f} %  {text}" for text, probability in answers.best]
    before = f"{shown(photo)}\t{shown(answers.question)}\t" if line else ""
    for text in told:
        print(f"{before}{shown(text)}", flush=True)


def warn(answers: "Answers") -> None:
    """Tells which words were not understood, on stderr."""
    if answers.unknown:
        words = ", ".join(dict.fromkeys(answers.unknown))
        read = shown(" ".join(answers.words))
        print(f"captioner: the model does not know {shown(words)}; it read: {read}", file=sys.stderr)
    elif not answers.words:
        print("captioner: the question has no words; the model guesses from the photo alone", file=sys.stderr)
