"""What is left of a photo's file when all that is no picture is taken off, and how it is to be turned."""

import re
from typing import NamedTuple

from captioner.photos import tiff

MOST_PARTS = 100_000  # segments, chunks or blocks of a file
XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=\"|='|>)([1-8])")


class Bare(NamedTuple):
    """A photo's file without all that is no picture.

    Attributes:
        kind: its format, as Pillow calls it; empty for one that is none of those read here.
        data: the file with the first picture alone.
        orientation: how it is to be turned, as Exif numbers it from 1 to 8.
        size: width and height in pixels, where they are known without opening it.
        taken: when it was taken, where its metadata tell; see `tiff.taken`.
        in_rows: whether it is decoded row by row, so that a smaller picture of it takes little memory.
    """

    kind: str
    data: bytes
    orientation: int = 1
    size: tuple[int, int] | None = None
    taken: str = ""
    in_rows: bool = False


def one_more(parts: int) -> int:
    """Counts the parts of a file.

    Raises:
        ValueError: there are too many.
    """
    if parts >= MOST_PARTS:
        raise ValueError(f"is cut into more than {MOST_PARTS:,} parts, which no camera writes; save it anew")
    return parts + 1


def orientation(exif: bytes, xmp: bytes) -> int:
    """The orientation that one of the two says, Exif first; 1, which is upright, where none does or can be read."""
    return (tiff.orientation(exif) if tiff.is_tiff(exif) else None) or of_xmp(xmp)


def taken(exif: bytes) -> str:
    """When the photo was taken; empty where no Exif block tells."""
    return tiff.taken(exif) if tiff.is_tiff(exif) else ""


def of_xmp(xmp: bytes) -> int:
    """The orientation that an XMP block says; 1 where it says none."""
    found = XMP_ORIENTATION.search(xmp)
    return int(found[1]) if found else 1
