"""Tell which of some sentences fits a photo: best first, by how much likelier each is for the photo than for any."""

import argparse
from pathlib import Path

from captioner.cli.console import json_line
from captioner.cli.model import add_device, add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.use.find import add_index, cache, updated, warn
from captioner.text.shown import shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("photo", type=Path, help="the photo")
    parser.add_argument("sentences", nargs="+", metavar="sentence", help="what may be said of it")
    add_model(parser)
    parser.add_argument(
        "--among",
        nargs="+",
        default=[],
        metavar="PHOTO",
        help="files, folders or patterns of other photos, with which each sentence is compared; better, and slower",
    )
    add_index(parser)
    parser.add_argument("--json", action="store_true", help="JSON lines with scores")
    add_device(parser)
    add_max_pixels(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the sentences, the one that fits best first."""
    from captioner.folders.finding.index import Index
    from captioner.folders.finding.matching import match_among
    from captioner.inference import Judge, load

    judge = Judge(load(arguments.model, arguments.device, max_pixels=arguments.max_pixels, engine=arguments.engine))
    warn(judge, arguments.sentences)
    if arguments.among:
        with Index(arguments.index or cache(judge), judge) as index:
            photos, _ = updated(index, arguments.among, "match")
            fits = match_among(index, arguments.photo, arguments.sentences, photos)
    else:
        fits = judge.match(arguments.photo, arguments.sentences)
    for fit in fits:
        if arguments.json:
            print(json_line(fit._asdict()))
        else:
            print(f"{fit.score:+.2f}\t{shown(fit.text)}")
    return 0
