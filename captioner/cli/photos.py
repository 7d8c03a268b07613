"""The argument that all commands have which read photos."""

import argparse

from captioner.photos import MAX_PIXELS


def add_max_pixels(parser: argparse.ArgumentParser) -> None:
    """Adds `--max-pixels`."""
    parser.add_argument(
        "--max-pixels",
        type=pixels,
        default=MAX_PIXELS,
        metavar="N",
        help=f"how many pixels a photo may have; more take more memory ({MAX_PIXELS})",
    )


def pixels(text: str) -> int:
    """A number of pixels as people type it: 200000000 or 2e8.

    Raises:
        argparse.ArgumentTypeError: it is no whole number from 1.
    """
    try:
        number = float(text)
        if number == int(number) and number >= 1:
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number of pixels from 1; for example 200000000, or 2e8")
