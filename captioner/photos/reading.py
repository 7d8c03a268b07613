"""Photos in: finding them, and a reader that is safe with any file."""

import glob
import io
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")
# Pillow knows many more, among them some that start other programs; photos come as these.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 100_000_000

_opening = Lock()


def find_photos(arguments: Iterable[str]) -> list[Path]:
    """Turns what a user typed into photo paths, in the order given.

    A folder gives the photos in it and below it, a pattern (`trip/*.jpg`, `**/*.png`) those that match it, both
    sorted, by the endings of `IMAGE_SUFFIXES`. Any other name is passed on, whether it exists or not, so that one
    missing photo does not stop the others.

    Raises:
        FileNotFoundError: a folder or a pattern gives no photo.
    """
    photos: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            found = [each for each in path.rglob("*") if not each.name.startswith(".")]
        elif glob.has_magic(argument) and not path.exists():
            found = [Path(each) for each in glob.glob(argument, recursive=True)]  # noqa: PTH207 (takes absolute patterns)
        else:
            photos.append(path)
            continue
        found = sorted(each for each in found if each.suffix.lower() in IMAGE_SUFFIXES and each.is_file())
        if not found:
            raise FileNotFoundError(f"{argument}: no photo found there ({', '.join(IMAGE_SUFFIXES)})")
        photos += found
    return photos


def read_photo(
    source: Path | str | bytes | BinaryIO, *, at_least: int | None = None, name: str | None = None
) -> Image.Image:
    """Reads a photo from any file, upright and in RGB.

    EXIF orientation is applied, transparency is laid over white, 16 bits are scaled to 8, and of an animation the
    first frame is taken.

    Args:
        source: a path, the bytes of a file, or an open binary file that can be rewound (it is left open).
        at_least: a JPEG may be decoded at a half, a quarter or an eighth of its size, much faster, as long as its
            shorter side keeps this many pixels. None decodes it whole.
        name: what errors call the photo; the path or the file's own name by default.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a photo, damaged, empty, a folder, or of more than `MAX_PIXELS` pixels.
    """
    assert at_least is None or at_least > 0
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), name or "the photo", at_least)
    if not isinstance(source, Path | str):
        return _decode(source, name or str(getattr(source, "name", "the photo")), at_least)
    name = name or str(source)
    try:
        with Path(source).open("rb") as file:
            return _decode(file, name, at_least)
    except FileNotFoundError:
        raise FileNotFoundError(f"{name}: no such photo") from None
    except IsADirectoryError:
        raise ValueError(f"{name} is a folder, and a photo is needed") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be opened: {error.strerror or error}") from None


def photo_size(data: bytes) -> tuple[int, int]:
    """Width and height of a photo as its header tells them; nothing is decoded.

    Raises:
        ValueError: it is not a photo.
    """
    try:
        with _open(io.BytesIO(data)) as photo:
            return photo.size
    except Exception as error:  # as in `_decode`
        raise ValueError(f"this is not a photo that can be read ({', '.join(FORMATS)})") from error


def _decode(file: BinaryIO, name: str, at_least: int | None) -> Image.Image:
    if not file.read(1):
        raise ValueError(f"{name} is empty")
    try:
        photo = _open(file)
    except Exception as error:  # Pillow's readers raise their own types for every kind of damage
        raise ValueError(f"{name} is not a photo that can be read ({', '.join(FORMATS)})") from error
    if photo.width * photo.height > MAX_PIXELS:
        raise ValueError(
            f"{name} has {photo.width} x {photo.height} pixels, more than the {MAX_PIXELS / 1e6:.0f} megapixels allowed"
        )
    try:
        if at_least:
            photo.draft(None, (at_least, at_least))
        photo.load()
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{name} is damaged: {reason}") from error
    try:
        return upright_rgb(photo)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _open(file: BinaryIO) -> Image.Image:
    """Reads the header only, without Pillow's own check of the size: it warns where a limit is meant."""
    file.seek(0)
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def upright_rgb(photo: Image.Image) -> Image.Image:
    """Any Pillow image as RGB, turned as its EXIF says, transparency over white.

    Raises:
        ValueError: its numbers are floating-point or of more than 16 bits, so that white is unknown.
    """
    if photo.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        photo = ImageOps.exif_transpose(photo)
    if photo.mode in ("I", "F") or photo.mode.startswith("I;16"):
        values = np.asarray(photo)
        if photo.mode == "F" or values.min() < 0 or values.max() > 0xFFFF:
            raise ValueError("its numbers are floating-point or of more than 16 bits; save it with 8 or 16 bits")
        photo = Image.fromarray((values // 257).astype(np.uint8))  # 65535 / 257 = 255
    if photo.has_transparency_data:
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo)
    return photo if photo.mode == "RGB" else photo.convert("RGB")
