"""HEIF, as telephones write it (HEIC): its boxes are counted before libheif sees them, which pillow-heif brings."""

import struct
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

from captioner.photos.picture import Bare

HAS_HEIF = find_spec("pillow_heif") is not None
BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MOST_BOXES = 100_000
MOST_ITEMS = 10_000  # tiles and thumbnails of a photo; one of 48 megapixels has about 200
HOLDERS = {b"meta": 4, b"iprp": 0, b"ipco": 0}  # boxes with boxes in them, and the bytes before the first


@cache
def open_door() -> None:
    """Lets Pillow open HEIF; called before the first one, because the library takes a while to import."""
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=True)


def is_heif(data: bytes) -> bool:
    """Whether it says so; AVIF, which has the same boxes, is read by Pillow itself."""
    return data[4:8] == b"ftyp" and data[8:12] in BRANDS and b"avif" not in data[8:64]


def heif(data: bytes) -> Bare:
    """HEIF: its parts counted, and the largest size that any of them claims.

    Raises:
        ValueError: it has too many parts; the message goes on from the file's name.
    """
    size = 0, 0
    for number, (kind, begin, end) in enumerate(_boxes(data, 0, len(data))):
        if number >= MOST_BOXES:
            raise ValueError(f"is cut into more than {MOST_BOXES:,} boxes, which no camera writes; save it anew")
        if kind == b"iinf" and _items(data, begin) > MOST_ITEMS:
            raise ValueError(f"has more than {MOST_ITEMS:,} tiles, which no camera writes; save it anew")
        if kind == b"ispe" and end - begin >= 12:
            width, height = struct.unpack_from(">II", data, begin + 4)
            size = max(size, (width, height), key=lambda each: each[0] * each[1])
    return Bare("HEIF", data, size=size)


def _items(data: bytes, begin: int) -> int:
    """How many parts a list of them says it has."""
    return int.from_bytes(data[begin + 4 : begin + (8 if data[begin : begin + 1] > b"\0" else 6)])


def _boxes(data: bytes, place: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box, and those in the boxes that hold the description: kind, and where its content begins and ends."""
    while place + 8 <= stop:
        length, kind = struct.unpack_from(">I4s", data, place)
        begin = place + 8
        if length == 1 and place + 16 <= stop:
            (length,) = struct.unpack_from(">Q", data, begin)
            begin += 8
        end = min(stop, place + length if length else stop)
        if end < begin:
            return
        yield kind, begin, end
        if kind in HOLDERS:
            yield from _boxes(data, begin + HOLDERS[kind], end)
        place = end
