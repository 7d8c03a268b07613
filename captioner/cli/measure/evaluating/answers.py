"""The part of `captioner evaluate` that is about questions."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.evaluation.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that only questions have."""
    group = parser.add_argument_group("questions")
    group.add_argument(
        "--annotations",
        type=Path,
        metavar="FILE",
        help="the answers, where they lie apart (VQA; *annotations*.json beside *questions*.json)",
    )
    group.add_argument(
        "--image-names", type=Path, metavar="FILE", help="how numbered photos are named; DAQUAR's list of a split"
    )
    group.add_argument(
        "--single-answers",
        action="store_true",
        help='without questions whose answer is a list ("table, chair"), as most figures for DAQUAR are published',
    )
    group.add_argument("--wups", action="store_true", help="WUPS at 0.9 and 0.0 too, with WordNet")
    group.add_argument(
        "--shuffle-photos", type=int, metavar="SEED", help="show another photo: what do the words alone tell?"
    )
    group.add_argument(
        "--risk", type=Path, metavar="PNG", help="draw how often answers are wrong if only the surest are given"
    )


def run(arguments: argparse.Namespace) -> "Result":
    """Writes results.json and scores.json, and prints the table."""
    for flag in ("attention", "instances", "split", "compile"):
        if getattr(arguments, flag):
            raise ValueError(f"{arguments.data} holds questions, and --{flag} is for captions only")
    if arguments.others:
        raise ValueError(f"{arguments.data} holds questions, and --with is for captions only")

    from captioner.data.read.questions import annotations_beside, read_questions, single_answers
    from captioner.disk.writing import check_writable
    from captioner.evaluation.answers import answer_result, evaluate_answers
    from captioner.figures.plots.risk import save_risk_png
    from captioner.inference import load
    from captioner.scoring.answers.wups import THRESHOLDS

    check_writable(arguments.out)
    annotations = arguments.annotations or annotations_beside(arguments.data)
    questions = read_questions(arguments.data, annotations, arguments.images, image_names=arguments.image_names)
    if arguments.single_answers:
        questions = single_answers(questions)
    model = load(arguments.model, arguments.device, max_pixels=arguments.max_pixels, engine=arguments.engine)
    with progress("questions") as advance:
        evaluation = evaluate_answers(
            model,
            questions,
            wups=THRESHOLDS if arguments.wups else (),
            exchange_seed=arguments.shuffle_photos,
            batch=arguments.batch,
            out=arguments.out,
            progress=advance,
        )
    source = {"file": str(arguments.data), "single_answers": arguments.single_answers}
    result = answer_result(evaluation, data=source)
    result.write(arguments.out)
    if arguments.risk is not None and evaluation.risk:
        save_risk_png(arguments.risk, {"all questions": [(one.coverage, one.risk) for one in evaluation.risk]})
    print(result.text, end="")
    photos = "" if evaluation.exchanged is None else ", each about another photo"
    files = f"{arguments.out / 'results.json'}, {arguments.out / 'scores.json'}"
    print(f"{len(questions)} questions{photos}, {files}")
    return result
