"""Export a bundle as ONNX graphs and JSON, into itself, or as a folder that runs without torch.

A bundle with its graphs starts sooner and is faster on a CPU; it says the same.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from captioner.cli.photos import add_max_pixels
from captioner.files import read_text, write_text
from captioner.images import ImageSpec
from captioner.models.exported import GRAPHS
from captioner.models.hub import CARD, local
from captioner.models.inside import has, inside
from captioner.photos import find_photos

CALIBRATING = 64  # photos; more change little
VERBS = {
    "captions": "caption --model BUNDLE PHOTO",
    "answers": "ask --model BUNDLE PHOTO",
    "text": "write --model BUNDLE",
    "translation": "translate --model BUNDLE SENTENCE",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("bundle", type=Path, help="folder of a trained model")
    parser.add_argument(
        "out", type=Path, nargs="?", help=f"folder to write, which must not exist yet (BUNDLE/{GRAPHS})"
    )
    parser.add_argument(
        "--bits",
        type=int,
        choices=(8, 16, 32),
        default=32,
        help="of a weight: 8 make a file of a quarter of the size, as fast as before (32)",
    )
    parser.add_argument(
        "--int8",
        nargs="*",
        metavar="PHOTO",
        help="let each word be counted in 8 bits and, with photos of your kind (files, folders, patterns), the encoder"
        f" too; up to {CALIBRATING} of them show which numbers come up",
    )
    add_max_pixels(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the folder."""
    few_bits = arguments.int8 is not None
    if (few_bits or arguments.bits < 32) and arguments.out is None:
        raise ValueError(
            "in fewer bits a model may say other words than its bundle; name a folder for it: export BUNDLE OUT"
        )
    folder = local(arguments.bundle)
    out = arguments.out or folder / GRAPHS
    photos = find_photos(arguments.int8) if arguments.int8 else None

    from captioner.models.bundle import load_bundle
    from captioner.models.export.folder import export

    bundle = load_bundle(folder)
    shown = None if photos is None else _pixels(photos, bundle.image, arguments.max_pixels)
    export(bundle, out, bits=arguments.bits, int8=few_bits, calibration=shown)
    if out != folder / GRAPHS and has(folder, CARD):
        write_text(out / CARD, read_text(inside(folder, CARD)))
    use = f"captioner {VERBS[bundle.heads[0]]}".replace("BUNDLE", str(arguments.out or arguments.bundle))
    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"{out} ({size / 1e6:.0f} MB); next: {use}")
    return 0


def _pixels(photos: list[Path], image: ImageSpec, max_pixels: int) -> Iterator[np.ndarray]:
    from captioner.inference.photos import source_pixels

    every = photos[:: -(-len(photos) // CALIBRATING)]
    return (source_pixels(photo, image, max_pixels=max_pixels) for photo in islice(every, CALIBRATING))
