"""Make questions with answers from captions: what, who, colour, number, where, doing, wearing, holding, yes or no."""

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.files import file_and_split
from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.data.questions.balance import Asked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's arguments."""
    parser.add_argument(
        "captions", metavar="CAPTIONS[@SPLIT]", help="captions in any format, in English; SPLIT as for `check`"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="questions….json, with annotations….json beside it, as VQA has them; or .jsonl, one table",
    )
    parser.add_argument(
        "--most",
        type=int,
        default=2,
        metavar="N",
        help="questions of one type about one photo; of yes and no, each (2)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draw (0); the same seed gives the same questions")


def run(arguments: argparse.Namespace) -> int:
    """Writes the questions and prints how many there are of each type, and what their words alone would tell."""
    from captioner.data.questions.balance import words_alone
    from captioner.data.questions.making import make_questions, scenes
    from captioner.data.questions.parsing import Parser
    from captioner.data.questions.writing import check_out, write_questions
    from captioner.data.read.records import read_photos

    if arguments.most < 1:
        raise ValueError(f"--most is 1 or more, not {arguments.most}")
    check_out(arguments.out)
    path, split = file_and_split(arguments.captions)
    photos = read_photos(path, split=split)
    parser = Parser()
    with progress("photos") as advance:
        found = scenes(photos, parser.parse, advance)
    check_out(arguments.out, found)
    asked = make_questions(found, seed=arguments.seed, most=arguments.most)
    written = write_questions(arguments.out, found, asked)
    show(asked, words_alone(asked))
    print(
        f"{len(asked)} questions about {len({one.photo for one in asked})} photos in {' and '.join(map(str, written))}"
    )
    return 0


def show(asked: list["Asked"], alone: dict[str, float]) -> None:
    """Prints a line of each type."""
    counts = Counter(one.made.kind for one in asked)
    print(f"{'type':16} {'questions':>9} {'answers':>8} {'words alone':>12}")
    for kind, share in alone.items():
        answers = len({one.made.answer for one in asked if one.made.kind == kind})
        print(f"{kind:16} {counts[kind]:>9} {answers:>8} {share:>12.1%}")
