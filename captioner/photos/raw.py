"""RAW files of cameras: the JPEG inside, which the camera made of the picture; what the sensor saw is not developed.

Most are TIFF files in which one directory tells of the sensor's data and others of JPEGs (Canon CR2, Nikon NEF and NRW,
Sony ARW, Adobe DNG, Pentax PEF, Samsung SRW). Panasonic's RW2 names it in an entry of its own, and Fujifilm's RAF at
its head.
"""

import struct
from collections.abc import Iterator

from captioner.photos import tiff
from captioner.photos.jpeg import decodes, jpeg
from captioner.photos.picture import Bare

SUFFIXES = (".cr2", ".nef", ".nrw", ".arw", ".dng", ".pef", ".srw", ".rw2", ".raf")
REDUCED, MAKE, SUB, DNG = 254, 271, 330, 50706
STRIP, STRIP_LENGTH, OFFSET, LENGTH, PANASONIC = 273, 279, 513, 514, 46
SENSOR = (32767, 34713, 65535)  # how Sony, Nikon and Pentax pack what the sensor saw
MOST_DIRECTORIES = 40
RAF, RW2 = b"FUJIFILMCCD-RAW", b"IIU\0"
RAF_PLACE = 84  # of the JPEG's place and length


def is_raw(data: bytes) -> bool:
    """Whether it is a camera's, by what it says and not by its ending."""
    if data.startswith((RAF, RW2)):
        return True
    if not tiff.is_tiff(data):
        return False
    first = {entry.tag: tiff.number(data, entry) for entry in tiff.entries(data)}
    small = MAKE in first and first.get(REDUCED) == 1  # a thumbnail comes first
    return data[8:10] == b"CR" or DNG in first or small or first.get(tiff.COMPRESSION) in SENSOR


def raw(data: bytes) -> Bare:
    """The largest JPEG inside that can be decoded, turned as the file says.

    Raises:
        ValueError: there is none; the message goes on from the file's name.
    """
    found = [inside for begin, length in _places(data) if decodes(inside := data[begin : begin + length])]
    if not found:
        raise ValueError("is a RAW file without a JPEG that can be read; export it as JPEG")
    picture = jpeg(max(found, key=len))
    if data.startswith(RAF):
        return picture
    data = b"II*\0" + data[4:] if data.startswith(RW2) else data
    told = tiff.orientation(data) or picture.orientation
    return picture._replace(orientation=told, taken=tiff.taken(data) or picture.taken)


def _places(data: bytes) -> Iterator[tuple[int, int]]:
    """Where JPEGs lie: place and length."""
    if data.startswith(RAF):
        if len(data) >= RAF_PLACE + 8:
            begin, length = struct.unpack_from(">II", data, RAF_PLACE)
            yield begin, length
        return
    if data.startswith(RW2):
        data = b"II*\0" + data[4:]
        for entry in tiff.entries(data):
            if entry.tag == PANASONIC:
                yield int.from_bytes(entry.value, "little"), entry.length
    for directory in tiff.directories(data, SUB, most=MOST_DIRECTORIES):
        entries = {entry.tag: entry for entry in tiff.entries(data, directory)}
        for place, length in ((OFFSET, LENGTH), (STRIP, STRIP_LENGTH)):
            if place in entries and length in entries and entries[place].length == 1:
                yield tiff.number(data, entries[place]), tiff.number(data, entries[length])
