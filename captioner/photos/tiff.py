"""TIFF directories: the orientation and the time that cameras write there, and a TIFF photo as a picture alone."""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

ORIENTATION, XMP, COMPRESSION = 274, 700, 259
CHANGED, CAMERA, TAKEN = 306, 34665, 36867  # the second is where a directory with the camera's settings lies
# width to bits, compression, photometric, fill order, strips, samples, rows, lengths, planes, fax, predictor, colours,
# tiles, inks, extra samples and their format, JPEG's tables, YCbCr: what a decoder needs
PICTURE = {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332, 334}
PICTURE |= {338, 339, 347, *range(512, 522), 529, 530, 531, 532}
MOST_ENTRIES = 65_535
MOST_VALUES = 200_000  # of one entry: strips of a photo, or colours of a palette
TIME = re.compile(rb"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
PROGRESSIVE = re.compile(rb"\xff\xc2\x00[\x0b\x11\x14]\x08")
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


class Entry(NamedTuple):
    """One entry of a directory.

    Attributes:
        tag: what it is.
        kind: of its values, as TIFF numbers them.
        length: how many values it has.
        value: the field with the value, or with the place where it lies.
        raw: its bytes.
    """

    tag: int
    kind: int
    length: int
    value: bytes
    raw: bytes


def is_tiff(data: bytes) -> bool:
    """Whether these are the first bytes of a TIFF or BigTIFF file, or of an Exif block."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def entries(data: bytes, directory: int | None = None) -> Iterator[Entry]:
    """The entries of the first directory, or of the one at this place, as far as there are any."""
    order, big = _layout(data)
    place_form, count_form, entry_form = _forms(order, big=big)
    try:
        (first,) = struct.unpack_from(place_form, data, 8 if big else 4)
        place = first if directory is None else directory
        (count,) = struct.unpack_from(count_form, data, place)
        place += struct.calcsize(count_form)
        size = struct.calcsize(entry_form)
        for start in range(place, place + size * min(count, MOST_ENTRIES), size):
            raw = data[start : start + size]
            tag, kind, length, value = struct.unpack(entry_form, raw)
            yield Entry(tag, kind, length, value, raw)
    except struct.error:  # it ends before
        return


def number(data: bytes, entry: Entry) -> int:
    """The first value of an entry, where that is a whole number in its own field; else 0."""
    letter = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(entry.kind)
    if letter is None or struct.calcsize(letter) * entry.length > len(entry.value):
        return 0
    (value,) = struct.unpack_from(_layout(data)[0] + letter, entry.value)
    return int(value)


def directories(data: bytes, tag: int, *, most: int) -> Iterator[int]:
    """The places of all directories: those in a row, and those that an entry with this tag in one of them names."""
    order, big = _layout(data)
    place_form, count_form, entry_form = _forms(order, big=big)
    ahead, seen = [*_places(data, place_form, 8 if big else 4, 1)], set[int]()
    while ahead and len(seen) < most:
        place = ahead.pop(0)
        if not place or place in seen:
            continue
        seen.add(place)
        yield place
        for entry in entries(data, place):
            if entry.tag == tag and entry.length == 1:
                ahead.append(number(data, entry))
            elif entry.tag == tag:
                (values,) = struct.unpack(place_form, entry.value)
                ahead += _places(data, place_form, values, min(entry.length, most))
        for count in _places(data, count_form, place, 1):
            ahead += _places(
                data, place_form, place + struct.calcsize(count_form) + count * struct.calcsize(entry_form), 1
            )


def _places(data: bytes, form: str, place: int, count: int) -> list[int]:
    """So many numbers in a row, as far as they are there."""
    there = max(0, min(count, (len(data) - place) // struct.calcsize(form)))
    return [struct.unpack_from(form, data, place + each * struct.calcsize(form))[0] for each in range(there)]


def orientation(data: bytes) -> int | None:
    """How the photo is to be turned, as Exif numbers it from 1 to 8; None if that is not said."""
    order, _ = _layout(data)
    for entry in entries(data):
        if entry.tag == ORIENTATION and entry.kind in (3, 4):
            (number,) = struct.unpack_from(order + "HI"[entry.kind - 3], entry.value)
            return number if 1 <= number <= 8 else None
    return None


def taken(data: bytes) -> str:
    """When the photo was taken, as 2024-05-01T10:11:12, or else changed; empty where no such time is told."""
    order, big = _layout(data)
    form = _forms(order, big=big)[0]
    first = {entry.tag: entry for entry in entries(data) if entry.tag in (CHANGED, CAMERA)}
    inner = first[CAMERA].value if CAMERA in first else b""
    camera = entries(data, *struct.unpack(form, inner)) if inner else ()
    for entry in (*(entry for entry in camera if entry.tag == TAKEN), *first.values()):
        if entry.tag in (CHANGED, TAKEN) and entry.kind == 2:
            (place,) = struct.unpack(form, entry.value)
            if found := TIME.match(data, place):
                year, month, day, *clock = (part.decode() for part in found.groups())
                return f"{year}-{month}-{day}T{':'.join(clock)}"
    return ""


def xmp(data: bytes) -> bytes:
    """The XMP block; empty without one."""
    order, big = _layout(data)
    for entry in entries(data):
        if entry.tag == XMP:
            (place,) = struct.unpack(_forms(order, big=big)[0], entry.value)
            return data[place : place + entry.length]
    return b""


def bare_tiff(data: bytes) -> bytes:
    """The file with a new directory, of the picture's own entries alone; there is no second one.

    Raises:
        ValueError: it is cut into too many pieces, or has a progressive JPEG inside.
    """
    order, big = _layout(data)
    place_form, count_form, _ = _forms(order, big=big)
    kept: dict[int, bytes] = {}
    for entry in entries(data):
        if entry.tag not in PICTURE or entry.tag in kept:
            continue
        if entry.length > MOST_VALUES or entry.kind not in SIZES:
            raise ValueError(f"is cut into {entry.length:,} pieces (tag {entry.tag}), more than {MOST_VALUES:,}")
        if entry.tag == COMPRESSION and entry.value[:2] in (b"\x07\0", b"\0\x07") and PROGRESSIVE.search(data):
            raise ValueError("is a TIFF with a progressive JPEG inside, which is not read; save it as a JPEG")
        kept[entry.tag] = entry.raw
    directory = struct.pack(count_form, len(kept)) + b"".join(kept.values()) + struct.pack(place_form, 0)
    start = 16 if big else 8
    padding = b"\0" * (-len(data) % 8)
    header = data[: start - struct.calcsize(place_form)] + struct.pack(place_form, len(data) + len(padding))
    return b"".join([header, memoryview(data)[start:], padding, directory])


def _layout(data: bytes) -> tuple[str, bool]:
    """The order of bytes, as `struct` calls it, and whether it is a BigTIFF."""
    return "<" if data[:2] == b"II" else ">", 43 in data[2:4]


def _forms(order: str, *, big: bool) -> tuple[str, str, str]:
    """Of a place, of the number of entries, and of an entry, as `struct` writes them."""
    return (order + "Q", order + "Q", order + "HHQ8s") if big else (order + "I", order + "H", order + "HHI4s")
