"""Export a bundle as ONNX graphs and JSON: a folder that `caption`, `ask` and Python run without torch."""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from captioner.images import ImageSpec
from captioner.photos import find_photos

CALIBRATING = 64  # photos; more change little


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("bundle", type=Path, help="folder of a trained model")
    parser.add_argument("out", type=Path, help="folder to write; it must not exist yet")
    parser.add_argument(
        "--int8",
        nargs="+",
        metavar="PHOTO",
        help=f"let the encoder count in 8 bits; up to {CALIBRATING} photos of your kind (files, folders, patterns)"
        " show it which numbers come up",
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the folder."""
    photos = find_photos(arguments.int8) if arguments.int8 else None

    from captioner.bundle import load_bundle
    from captioner.exporting.folder import export

    bundle = load_bundle(arguments.bundle)
    export(bundle, arguments.out, calibration=None if photos is None else _pixels(photos, bundle.image))
    verb = "caption" if "captions" in bundle.heads else "ask"
    size = sum(path.stat().st_size for path in arguments.out.iterdir())
    print(f"{arguments.out} ({size / 1e6:.0f} MB); next: captioner {verb} {arguments.out} PHOTO")
    return 0


def _pixels(photos: list[Path], image: ImageSpec) -> Iterator[np.ndarray]:
    from captioner.inference.photos import source_pixels

    every = photos[:: -(-len(photos) // CALIBRATING)]
    return (source_pixels(photo, image) for photo in islice(every, CALIBRATING))
