"""Score a bundle on a data set: captions in COCO's results format, scores.json, and a table."""

import argparse
from pathlib import Path

from captioner.cli.decoding import add_decoding, decoding
from captioner.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("bundle", type=Path, help="folder of a trained model")
    parser.add_argument("captions", type=Path, help="captions file of the data set, in any known format")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the photos (images beside the captions)")
    parser.add_argument("--split", metavar="NAME", help="list file or split name, for files that hold several splits")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation"), metavar="DIR", help="where to write (evaluation)"
    )
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    parser.add_argument("--device", default="cpu", help="where to compute, as torch names it (cpu)")
    add_decoding(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes results.json and scores.json, and prints the table."""
    search = decoding(arguments)

    from captioner.data.records import read_photos
    from captioner.evaluation import evaluate, write_evaluation
    from captioner.inference import load

    photos = read_photos(arguments.captions, arguments.images, split=arguments.split)
    model = load(arguments.bundle, arguments.device)
    with progress("captions") as advance:
        evaluation = evaluate(model, photos, search, batch=arguments.batch, progress=advance)
    write_evaluation(arguments.out, evaluation)
    for name, value in evaluation.scores.items():
        print(f"{name:8} {100 * value:6.2f}")
    print(f"{evaluation.count} photos, {arguments.out / 'results.json'}, {arguments.out / 'scores.json'}")
    return 0
