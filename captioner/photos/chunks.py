"""PNG and WebP: rows of chunks, of which those with pixels are kept."""

import struct
import zlib
from collections.abc import Iterator, Sequence

from captioner.photos.picture import MOST_PARTS, Bare, one_more, orientation, taken

EXIF = b"Exif\0\0"
OLD_EXIF, XMP = b"Raw profile type exif\0", b"XML:com.adobe.xmp\0"
END = b"\0\0\0\0IEND\xaeB`\x82"


def png(data: bytes) -> Bare:
    """PNG: its header, palette and transparency, and its pixels as one chunk."""
    kept: dict[bytes, bytes] = {}
    pixels, exif, xmp = [], b"", b""
    for kind, begin, end in _chunks(data, ">", 8, after_kind=False):
        payload = memoryview(data)[begin:end]
        if kind == b"IDAT":
            pixels.append(payload)
        elif kind in (b"IHDR", b"PLTE", b"tRNS"):
            kept.setdefault(kind, data[begin - 8 : end + 4])
        elif kind == b"eXIf":
            exif = exif or bytes(payload)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            exif = exif or _old_exif(kind, payload)
            xmp = xmp or (bytes(payload) if kind == b"iTXt" and bytes(payload[: len(XMP)]) == XMP else b"")
        elif kind == b"IEND":
            break
    return Bare(
        "PNG", b"".join([data[:8], *kept.values(), *_chunk(pixels), END]), orientation(exif, xmp), taken=taken(exif)
    )


def _chunk(pixels: Sequence[memoryview]) -> list[bytes]:
    """The parts of one chunk of pixels."""
    content = b"".join(pixels)
    checksum = zlib.crc32(content, zlib.crc32(b"IDAT"))
    return [struct.pack(">I", len(content)), b"IDAT", content, struct.pack(">I", checksum)]


def _old_exif(kind: bytes, payload: memoryview) -> bytes:
    """The Exif block that ImageMagick once wrote into a PNG's text as hexadecimal digits; empty for another text."""
    if kind == b"iTXt" or bytes(payload[: len(OLD_EXIF)]) != OLD_EXIF:
        return b""
    text = bytes(payload[len(OLD_EXIF) :])
    try:
        if kind == b"zTXt":
            text = zlib.decompressobj().decompress(text[1:], MOST_PARTS)
        return bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii")).removeprefix(EXIF)
    except (zlib.error, ValueError):
        return b""


def webp(data: bytes) -> Bare:
    """WebP: its picture, or the first of an animation."""
    kept: dict[bytes, bytes] = {}
    exif, xmp, size = b"", b"", None
    for kind, begin, end in _chunks(data, "<", 12, after_kind=True):
        if kind in (b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"):
            kept.setdefault(kind, data[begin - 8 : end + (end - begin) % 2])
        elif kind == b"EXIF":
            exif = exif or data[begin:end].removeprefix(EXIF)
        elif kind == b"XMP ":
            xmp = xmp or data[begin:end]
    if len(canvas := kept.get(b"VP8X", b"")) >= 18:
        size = int.from_bytes(canvas[12:15], "little") + 1, int.from_bytes(canvas[15:18], "little") + 1
        kept[b"VP8X"] = canvas[:8] + bytes([canvas[8] & 0b00010010]) + canvas[9:]  # animation and alpha alone
    elif len(lossy := kept.get(b"VP8 ", b"")) >= 18:
        size = int.from_bytes(lossy[14:16], "little") & 0x3FFF, int.from_bytes(lossy[16:18], "little") & 0x3FFF
    elif len(lossless := kept.get(b"VP8L", b"")) >= 13:
        bits = int.from_bytes(lossless[9:13], "little")
        size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    body = b"".join([b"WEBP", *kept.values()])
    return Bare("WEBP", b"RIFF" + struct.pack("<I", len(body)) + body, orientation(exif, xmp), size, taken(exif))


def _chunks(data: bytes, order: str, place: int, *, after_kind: bool) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a PNG or of a RIFF file: kind, and where the content begins and ends, as far as it is there.

    Args:
        order: of the bytes of a length, as `struct` calls it.
        place: of the first one.
        after_kind: whether the length stands behind the kind, as in RIFF, which also has even lengths and no checksum.
    """
    parts = 0
    while place + 8 <= len(data):
        kind, number = (data[place : place + 4], place + 4) if after_kind else (data[place + 4 : place + 8], place)
        (length,) = struct.unpack_from(order + "I", data, number)
        place += 8
        yield kind, place, min(place + length, len(data))
        place += length + (length % 2 if after_kind else 4)
        parts = one_more(parts)
