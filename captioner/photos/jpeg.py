"""JPEG: its segments are looked through, and its scans counted, without decoding any."""

import re
import struct
from collections.abc import Iterator

from captioner.photos.picture import Bare, one_more, orientation, taken

# Each scan of a progressive photo goes over all of its pixels; cameras and web sites write 10 of them.
FEW_SCANS, MOST_SCANS, MOST_SCANNED = 16, 500, 1_000_000_000  # the last: pixels in all scans together
EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")


def jpeg(data: bytes) -> Bare:
    """JPEG: its tables, frame and scans, and those segments of an application that tell what the colours are."""
    kept, exif, xmp = [data[:2]], b"", b""
    start = stop = len(data)
    scans, size, frame = 0, (0, 0), 0
    for marker, begin, end in _segments(data):
        payload = data[begin + 2 : end]
        if marker == 0xD9:
            stop = begin
            break
        if marker == 0xDA:
            start, scans = min(start, begin - 2), scans + 1
            _check_scans(scans, size)
        elif scans:
            continue  # tables between scans stay where they are
        elif marker == 0xE1 and payload.startswith(EXIF):
            exif = exif or payload[len(EXIF) :]
        elif marker == 0xE1 and payload.startswith(XMP):
            xmp = xmp or payload[len(XMP) :]
        elif _tells_colours(marker, payload) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(data[begin - 2 : end])
            if marker in FRAMES and len(payload) > 4:
                frame = marker
                height, width = struct.unpack_from(">HH", payload, 1)
                size = width, height
    picture = b"".join([*kept, memoryview(data)[start:stop]])
    in_rows = scans == 1 and frame in (0xC0, 0xC1)
    return Bare("JPEG", picture, orientation(exif, xmp), size, taken(exif), in_rows)


def decodes(data: bytes) -> bool:
    """Whether it begins as a JPEG that is decoded here: a sensor's data in a RAW file are one of another kind."""
    if not data.startswith(b"\xff\xd8\xff"):
        return False
    frames = (marker for marker, _, _ in _segments(data) if marker in FRAMES or marker == 0xDA)
    return next(frames, 0) in (0xC0, 0xC1, 0xC2)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each marker of a JPEG, with where its segment begins and ends; the data of a scan lie between two of them."""
    place, parts = 2, 0
    while found := MARKER.search(data, place):
        begin = found.end()
        place = begin + int.from_bytes(data[begin : begin + 2])
        yield data[begin - 1], begin, place
        parts = one_more(parts)


def _check_scans(scans: int, size: tuple[int, int]) -> None:
    most = max(FEW_SCANS, min(MOST_SCANS, MOST_SCANNED // max(1, size[0] * size[1])))
    if scans > most:
        raise ValueError(
            f"has more than {most} scans, too much work for its {size[0]} x {size[1]} pixels; save it as a plain JPEG"
        )


def _tells_colours(marker: int, payload: bytes) -> bool:
    """Whether a segment says which colours the channels are; one that is too short says nothing."""
    jfif = marker == 0xE0 and payload.startswith(b"JFIF\0") and len(payload) >= 14
    return jfif or (marker == 0xEE and payload.startswith(b"Adobe") and len(payload) >= 12)
