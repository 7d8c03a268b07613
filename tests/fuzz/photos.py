"""Mutated photos of every format: each is read, or refused in one sentence, soon."""

import io
import random
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from captioner.images import ImageSpec, pixels
from captioner.photos import photo_size, read_photo
from captioner.photos.heif import HAS_HEIF, open_door
from tests.fuzz.report import Report
from tests.test_photo_formats import KINDS as RAW_FILES

SECONDS = 10  # that one photo may take
SPECS = (ImageSpec(size=32), ImageSpec(size=32, resize="crop"), ImageSpec(size=32, resize="pad"))
WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\0\xff\xff", b"\xff\xff\0\0")


def run(count: int, seed: int) -> Report:
    """Reads the photos that once failed, and `count` mutated ones."""
    report, chance = Report(), random.Random(seed)
    for name, data in corpus().items():
        examine(name, data, chance, report)
    for number in range(count):
        name, data = mutated(chance)
        examine(f"{number} of seed {seed}: {name}", data, chance, report)
    return report


def examine(name: str, data: bytes, chance: random.Random, report: Report) -> None:
    """Reads one file and notes what came of it."""
    began, report.inputs = time.monotonic(), report.inputs + 1
    try:
        look(data, chance)
        report.outcomes["read"] += 1
    except (ValueError, OSError) as error:
        report.outcomes["refused"] += 1
        said = str(error)
        if not said or not said.isprintable() or len(said) > 300:
            report.failures.append(f"{name}: is refused with {said!r:.300}, which is no sentence")
    except Exception as error:  # what a fuzz test looks for
        report.failures.append(f"{name}: {type(error).__name__}: {error}")
    taken = time.monotonic() - began
    report.slowest = max(report.slowest, (taken, name))
    if taken > SECONDS:
        report.failures.append(f"{name}: took {taken:.0f} seconds")


def look(data: bytes, chance: random.Random) -> None:
    """Reads a photo in one of the ways in which it is read, and checks what comes out.

    Raises:
        ValueError: it is refused.
    """
    photo = read_photo(data, at_least=chance.choice((None, 32)))
    if photo.mode != "RGB" or not photo.width * photo.height:
        raise AssertionError(f"a photo of mode {photo.mode} and size {photo.size}")
    photo_size(data)
    seen = pixels(photo, chance.choice(SPECS))
    if seen.shape != (3, 32, 32) or not np.isfinite(seen).all():
        raise AssertionError(f"pixels of shape {seen.shape}, or infinite ones")


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """A photo with one to three changes, and the name of it."""
    name = chance.choice(list(seeds()))
    data, changes = bytearray(seeds()[name]), []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if data:
            change = chance.choice(CHANGES)
            data = change(data, chance)
            changes.append(change.__name__)
    return f"{name} {'+'.join(changes)}", bytes(data)


def flipped(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 2, 8, 60))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def overwritten(data: bytearray, chance: random.Random) -> bytearray:
    begin = chance.randrange(len(data))
    length = min(chance.choice((1, 4, 64)), len(data) - begin)
    data[begin : begin + length] = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return data


def cut(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(len(data) + 1)]


def shortened(data: bytearray, chance: random.Random) -> bytearray:
    begin, end = sorted(chance.randrange(len(data)) for _ in range(2))
    return data[:begin] + data[end:]


def repeated(data: bytearray, chance: random.Random) -> bytearray:
    begin, end = sorted(chance.randrange(len(data)) for _ in range(2))
    return data[:end] + data[begin:end] * chance.choice((1, 2, 50)) + data[end:]


def other_length(data: bytearray, chance: random.Random) -> bytearray:
    place = chance.randrange(max(1, min(len(data) - 4, 200)))
    data[place : place + 4] = chance.choice((*WORDS, chance.randbytes(4)))
    return data


def other_header(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 4))):
        data[chance.randrange(min(len(data), 64))] = chance.randrange(256)
    return data


def inserted(data: bytearray, chance: random.Random) -> bytearray:
    place = chance.randrange(len(data))
    data[place:place] = chance.randbytes(chance.choice((1, 4, 100)))
    return data


def crossed(data: bytearray, chance: random.Random) -> bytearray:
    other = seeds()[chance.choice(list(seeds()))]
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


CHANGES: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    *(flipped, overwritten, cut, shortened, repeated, other_length, other_header, inserted, crossed),
)


@cache
def seeds() -> Mapping[str, bytes]:
    """Whole small photos of every format, colour and compression, by name."""
    return dict(_seeds())


def _seeds() -> Iterator[tuple[str, bytes]]:
    values = np.random.default_rng(0)
    photo = Image.fromarray(values.integers(0, 255, (6, 8, 3), np.uint8)).resize((48, 36))
    deep = Image.fromarray(values.integers(0, 65535, (30, 30), np.uint16))
    turned = Image.Exif()
    turned[0x0112], turned[0x010E] = 6, "x" * 40
    film = {"save_all": True, "append_images": [photo.rotate(9), photo.rotate(40)]}
    kinds: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
        "plain jpeg": (photo, "JPEG", {}),
        "progressive jpeg": (photo, "JPEG", {"progressive": True, "exif": turned}),
        "grey jpeg": (photo.convert("L"), "JPEG", {}),
        "cmyk jpeg": (photo.convert("CMYK"), "JPEG", {"exif": turned}),
        "plain png": (photo, "PNG", {"exif": turned}),
        "transparent png": (photo.convert("RGBA"), "PNG", {}),
        "palette png": (photo.convert("P"), "PNG", {"transparency": 3}),
        "deep png": (deep, "PNG", {}),
        "film png": (photo, "PNG", film),
        "plain webp": (photo, "WEBP", {"exif": turned}),
        "lossless webp": (photo.convert("RGBA"), "WEBP", {"lossless": True}),
        "film webp": (photo, "WEBP", film),
        "plain gif": (photo.convert("P"), "GIF", {"transparency": 0}),
        "film gif": (photo, "GIF", film),
        "plain bmp": (photo, "BMP", {}),
        "palette bmp": (photo.convert("P"), "BMP", {}),
        "black bmp": (photo.convert("1"), "BMP", {}),
        "deep tiff": (deep, "TIFF", {}),
        "real tiff": (Image.fromarray(values.random((30, 30), np.float32)), "TIFF", {}),
        "pages tiff": (photo, "TIFF", film),
        "cmyk tiff": (photo.convert("CMYK"), "TIFF", {}),
        "fax tiff": (photo.convert("1"), "TIFF", {"compression": "group4"}),
    }
    if HAS_HEIF:
        open_door()
        kinds["plain heic"] = photo, "HEIF", {"exif": turned.tobytes()}
    for packed in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        kinds[f"{packed} tiff"] = photo, "TIFF", {"compression": packed}
    for name, (image, format_, options) in kinds.items():
        file = io.BytesIO()
        image.save(file, format_, **options)
        yield name, file.getvalue()
    yield from ((name, raw()) for name, raw in RAW_FILES.items())


@cache
def corpus() -> Mapping[str, bytes]:
    """Files that once stopped a command, took long or much memory, by what they are."""
    seed = seeds()
    exif = b"II*\0\x08\0\0\0\2\0\x12\1\3\0\1\0\0\0\6\0\0\0\x1a\1\x0a\0\1\0\0\0&\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0"
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
    scans = seed["progressive jpeg"]
    last = scans[scans.rfind(b"\xff\xda") : -2]
    png, bomb = seed["plain png"], b"k\0\0" + zlib.compress(bytes(8_000_000), 9)
    profile = struct.pack(">I", len(bomb)) + b"iCCP" + bomb + struct.pack(">I", zlib.crc32(b"iCCP" + bomb))
    return {
        "a rational of -1/0": seed["plain jpeg"][:2] + segment + seed["plain jpeg"][2:],
        "a PNG with 200,000 chunks": png[:33] + 200_000 * b"\0\0\0\3tEXta\0bcrcs" + png[33:],
        "a PNG with a profile that unpacks to megabytes": png[:33] + profile + png[33:],
        "a JPEG with 20,000 scans": scans[:-2] + last * 20_000 + scans[-2:],
        "a JPEG of comments": b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000,
        "a JPEG of fill bytes": b"\xff\xd8" + b"\xff" * 5_000_000,
        "a GIF with a comment of single letters": b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\1a" * 1_000_000 + b"\0",
        "a TIFF of 5 million tiles": b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIII", 324, 4, 5_000_000, 8, 0),
        "a TIFF whose directory is its next": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
        "a TIFF with a tag of 4 GB": b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIII", 700, 7, 0xFFFFFFFF, 8, 0),
        "a BMP that is 2^31 rows tall": b"BM" + struct.pack("<IHHIIiiHHI24x", 0, 0, 0, 54, 40, 1, -(2**31), 1, 24, 0),
        "a WebP canvas of 2^24 x 2^24": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0" + b"\xff" * 6,
        "nothing": b"",
        "one byte": b"\xff",
    }
