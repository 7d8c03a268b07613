"""Score a file of captions against what people said, as the COCO evaluation does, or of answers to questions."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from captioner import __version__

if TYPE_CHECKING:
    from captioner.scoring.tally import Tally

Id = int | str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "results", type=Path, help="results: image_id and caption (COCO), or question_id and answer (VQA)"
    )
    parser.add_argument("annotations", type=Path, help="references: captions in any known format, or VQA's annotations")
    parser.add_argument("--questions", type=Path, metavar="FILE", help="VQA's questions, for answers")
    parser.add_argument(
        "--split", metavar="NAME", help="list file or split name, for captions that hold several splits"
    )
    parser.add_argument("--compare", type=Path, metavar="OTHER", help="results to compare with: OTHER's are subtracted")
    parser.add_argument(
        "--training", type=Path, metavar="FILE", help="training captions, to count captions not among them"
    )
    parser.add_argument(
        "--language", metavar="CODE", help="of the captions (en): others than English are cut by Unicode's rules"
    )
    parser.add_argument("--java", action="store_true", help="METEOR and SPICE too, through Java (slow)")
    parser.add_argument("--per-image", type=Path, metavar="FILE", help="write the scores of every photo as JSON")
    parser.add_argument("--format", choices=("plain", "markdown", "json"), default="plain", help="of the table (plain)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table there instead of printing it")


class Scored(NamedTuple):
    """Scores of one result file.

    Attributes:
        tallies: the scores, their rows in the order of the items.
        each: the scores of every item by name.
        facts: other numbers by what they are.
    """

    tallies: Sequence["Tally"]
    each: Mapping[Id, Mapping[str, float]]
    facts: Mapping[str, float]


def run(arguments: argparse.Namespace) -> int:
    """Prints or writes the table.

    Returns:
        0, or 1 where items were left out because the files are not about the same ones.
    """
    from captioner.files import write_json, write_text
    from captioner.scoring.resample import differences, intervals
    from captioner.scoring.results import kind_of_results, match
    from captioner.scoring.table import Report, write

    kind = kind_of_results(arguments.results)
    task = captions(arguments) if kind == "captions" else answers(arguments)
    files = [arguments.results] + [arguments.compare] * bool(arguments.compare)
    said = [task.read(path) for path in files]
    common, notes = match(dict(zip(files, said, strict=True)), task.known, task.items)
    first, *others = (task.score({key: each[key] for key in common}) for each in said)
    report = Report(
        count=len(common),
        items=task.items,
        scores=intervals(first.tallies),
        differences=differences(first.tallies, others[0].tallies) if others else {},
        facts=first.facts,
        notes=[*notes, *task.notes],
        about={
            "results": str(arguments.results),
            "annotations": str(arguments.annotations),
            "compared": str(arguments.compare) if arguments.compare else None,
            "captioner": __version__,
        },
    )
    if arguments.per_image:
        rows = [{task.key: key, task.value: said[0][key], **values} for key, values in first.each.items()]
        write_json(arguments.per_image, rows)
    text = write(report, arguments.format)
    if arguments.out:
        write_text(arguments.out, text)
    else:
        print(text, end="")
    return 1 if notes else 0


class Task(NamedTuple):
    """How one kind of results is read and scored.

    Attributes:
        key: name of the ids in files.
        value: name of what is said there.
        items: what the ids are of, in words.
        known: the ids that can be scored.
        read: reads a result file.
        score: scores what was said of some of the known ids.
        notes: what could not be computed, and why.
    """

    key: str
    value: str
    items: str
    known: Sequence[Id]
    read: Callable[[Path], dict[Id, str]]
    score: Callable[[Mapping[Id, str]], Scored]
    notes: Sequence[str] = ()


def captions(arguments: argparse.Namespace) -> Task:
    """Captions against captions."""
    from captioner.data.read.records import read_photos
    from captioner.scoring.captions import java
    from captioner.scoring.captions.facts import facts
    from captioner.scoring.captions.scores import score_captions
    from captioner.scoring.captions.words import about_scored_words, is_english, scored_words
    from captioner.scoring.results import read_caption_results
    from captioner.text.vocabulary import check_language

    language = None if arguments.language is None else check_language(arguments.language)
    if arguments.java and not is_english(language):
        raise ValueError(f"METEOR and SPICE know English only: leave --java or --language {language} out")
    references = {
        photo.id: photo.captions
        for photo in read_photos(arguments.annotations, split=arguments.split)
        if photo.captions
    }
    training = (
        [caption for photo in read_photos(arguments.training) for caption in photo.captions]
        if arguments.training
        else None
    )
    families = {"meteor": java.meteor, "spice": java.spice}
    missing = java.missing() if arguments.java else dict.fromkeys(families, "not asked for, add --java")
    further = [family for name, family in families.items() if name not in missing]

    def score(said: Mapping[Id, str]) -> Scored:
        known = {key: references[key] for key in said}
        scores = score_captions(said, known, tokenize=scored_words(language), further=further)
        below = facts(list(said.values()), training=training, language=language)
        return Scored(scores.tallies, scores.per_image, below)

    notes = [
        f"{' and '.join(name.upper() for name in missing if missing[name] == reason)} left out: {reason}"
        for reason in dict.fromkeys(missing.values())
    ]
    if not is_english(language):
        notes = [f"language {language}: scores count {about_scored_words(language)}"]
    return Task("image_id", "caption", "photos", list(references), read_caption_results, score, notes)


def answers(arguments: argparse.Namespace) -> Task:
    """Answers against those of VQA's annotators, or of other data sets with questions."""
    import numpy as np

    from captioner.data.read.questions import read_questions, read_vqa_results
    from captioner.scoring.answers.scores import score_answers
    from captioner.scoring.tally import means

    if arguments.questions:
        asked = read_questions(arguments.questions, arguments.annotations)
    elif arguments.annotations.suffix == ".json":
        raise ValueError(f"{arguments.results} holds answers to VQA's questions: add --questions FILE")
    else:
        asked = read_questions(arguments.annotations)
    questions = {question.id: question for question in asked if question.answers}

    def score(said: Mapping[Id, str]) -> Scored:
        scores = score_answers(said, [questions[key] for key in said])
        accuracy = np.array([scores.per_question[key] for key in said])
        each = {key: {"accuracy": value} for key, value in scores.per_question.items()}
        groups = {f"accuracy of answers of type {name}": value for name, value in scores.by_answer_type.items()}
        return Scored([means(("accuracy",), [accuracy])], each, groups)

    return Task("question_id", "answer", "questions", list(questions), read_vqa_results, score)
