"""What `evaluate --retrieval` does: photos found by their captions, and captions by their photos."""

import argparse
from typing import TYPE_CHECKING

from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.evaluation.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--retrieval` and `--candidates`."""
    parser.add_argument(
        "--retrieval", action="store_true", help="find photos by their captions, and captions by their photos, instead"
    )
    parser.add_argument(
        "--candidates",
        type=int,
        default=100,
        metavar="N",
        help="of --retrieval: photos of a caption judged exactly, and thrice as many captions of a photo (100; 0: all)",
    )


def run(arguments: argparse.Namespace) -> "Result":
    """Writes results.json (each caption with the rank of its photo) and scores.json, and prints the table."""
    if arguments.candidates < 0:
        raise ValueError(f"--candidates is {arguments.candidates}, but must be a number from 1, or 0 for all")
    if arguments.attention or arguments.others:
        raise ValueError("--retrieval is an evaluation of its own, of one model: leave --attention and --with out")

    from captioner.data.read.records import read_photos
    from captioner.disk.writing import check_writable
    from captioner.evaluation.retrieval import retrieval_result, retrieve
    from captioner.inference import load

    out = arguments.out
    check_writable(out)
    photos = read_photos(arguments.data, arguments.images, split=arguments.split)
    model = load(arguments.model, arguments.device, max_pixels=arguments.max_pixels, engine=arguments.engine)
    with progress("photos") as advance:
        found = retrieve(model, photos, candidates=arguments.candidates, batch=arguments.batch, progress=advance)
    result = retrieval_result(found, {"file": str(arguments.data), "split": arguments.split})
    result.write(out)
    print(result.text, end="")
    print(f"{out / 'results.json'}, {out / 'scores.json'}")
    return result
