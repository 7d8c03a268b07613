"""Score a bundle on captions or questions: what it says in the official results format, scores.json, and a table."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.decoding import add_decoding, decoding
from captioner.cli.measure import evaluate_answers
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.evaluation.faithfulness import Faithfulness
    from captioner.scoring.attention import AttentionScores


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("bundle", type=Path, help="folder of a trained model")
    parser.add_argument("data", type=Path, help="captions or questions of the data set, in any known format")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the photos (images beside the file)")
    parser.add_argument("--split", metavar="NAME", help="list file or split name, for files that hold several splits")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation"), metavar="DIR", help="where to write (evaluation)"
    )
    parser.add_argument("--attention", action="store_true", help="also score where it looks")
    parser.add_argument(
        "--instances",
        type=Path,
        metavar="FILE",
        help="COCO instances of the photos, for --attention (instances*.json beside captions*.json)",
    )
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    parser.add_argument("--device", default="cpu", help="where to compute, as torch names it (cpu)")
    parser.add_argument("--compile", action="store_true", help="fuse the search first: for many photos on a GPU")
    add_max_pixels(parser)
    add_decoding(parser)
    evaluate_answers.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes results.json and scores.json, and prints the table."""
    from captioner.data.read.questions import holds_questions

    if holds_questions(arguments.data):
        return evaluate_answers.run(arguments)
    return captions(arguments)


def captions(arguments: argparse.Namespace) -> int:
    """Scores captions."""
    for flag in ("annotations", "image_names", "single_answers", "wups", "shuffle_photos"):
        if getattr(arguments, flag) not in (None, False):
            raise ValueError(f"{arguments.data} holds captions, and --{flag.replace('_', '-')} is for questions only")
    search = decoding(arguments)
    if arguments.instances and not arguments.attention:
        raise ValueError("--instances is read for --attention only: give both, or neither")

    from captioner.data.read.records import read_photos
    from captioner.evaluation.captions import evaluate, evaluate_attention, instances_beside, write_evaluation
    from captioner.evaluation.faithfulness import faithfulness
    from captioner.inference import load
    from captioner.scoring.attention import Instances
    from captioner.scoring.table import Report, write

    photos = read_photos(arguments.data, arguments.images, split=arguments.split)
    model = load(arguments.bundle, arguments.device, compile=arguments.compile, max_pixels=arguments.max_pixels)
    file = arguments.instances or instances_beside(arguments.data)
    instances = Instances(file) if arguments.attention and file else None
    with progress("captions") as advance:
        evaluation = evaluate(
            model,
            photos,
            search,
            batch=arguments.batch,
            results=arguments.out / "results.json",
            progress=advance,
        )
    looks = evaluate_attention(evaluation, instances, model.bundle.image) if instances else None
    curves = None
    if arguments.attention:
        with progress("deletion and insertion") as advance:
            curves = faithfulness(
                model.explain,
                model.bundle.image,
                list(evaluation.said.values()),
                max_pixels=arguments.max_pixels,
                progress=advance,
            )
    source = {"file": str(arguments.data), "split": arguments.split}
    write_evaluation(arguments.out, evaluation, data=source, attention=looks, faithfulness=curves)
    if unscored := evaluation.count - evaluation.scored:
        print(f"not scored: {unscored} of {evaluation.count} photos have no caption to compare with")
    if evaluation.scored:
        print(write(Report(evaluation.scored, "photos", evaluation.intervals), "plain"), end="")
    if looks:
        print_attention(looks)
    elif instances:
        print("pointing: no word names an object that is there, and that a look can miss")
    elif arguments.attention:
        print("pointing: no objects are known; give their COCO file with --instances")
    if curves:
        print_faithfulness(curves)
    print(f"{arguments.out / 'results.json'}, {arguments.out / 'scores.json'}")
    return 0


def print_attention(scores: "AttentionScores") -> None:
    """The pointing game and the mass, beside the maps that do not look."""
    for name, measured in (("pointing", scores.pointing), ("mass", scores.mass)):
        print(
            f"{name:8} {100 * measured.attention:6.2f}   "
            f"(uniform {100 * measured.uniform:.2f}, centred {100 * measured.centre:.2f})"
        )
    everywhere = f"; {scores.everywhere} name one that no look can miss, left out" * bool(scores.everywhere)
    print(f"{scores.mentions} words name an object that is there; {scores.absent} name one that is not{everywhere}")


def print_faithfulness(scores: "Faithfulness") -> None:
    """The mean heights of the curves, beside those of a random order."""
    for name, area, chance in zip(scores.attention._fields, scores.attention.areas, scores.random.areas, strict=True):
        print(f"{name:8} {area:6.2f} nats a word   (random order {chance:.2f}; {scores.photos} photos)")
