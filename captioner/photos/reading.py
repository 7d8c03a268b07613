"""A reader that is safe with any file that is called a photo: upright, in RGB, in bounded time and memory."""

import ctypes
import io
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image, _imaging, features

from captioner.files import check_file
from captioner.photos.clips.address import stretch
from captioner.photos.clips.moments import read_moments
from captioner.photos.containers import bare
from captioner.photos.heif import HAS_HEIF, open_door
from captioner.photos.limits import MAX_PIXELS, Limit, check_bytes, check_size, unlimited
from captioner.photos.picture import Bare, taken
from captioner.photos.upright import rgb, told_orientation, turned

# Pillow knows many more, among them some that start other programs; photos come as these.
FORMATS = (
    *("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"),
    *(("AVIF",) if features.check("avif") else ()),
    *(("HEIF",) if HAS_HEIF else ()),
)
REDUCED = 10  # times as many pixels a JPEG may have that is decoded row by row into a smaller picture

with suppress(AttributeError, OSError):  # a Pillow with its libtiff sealed inside keeps its own ways
    # libtiff writes what is wrong with a file to stderr, past Python; Pillow raises it as well
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)

SIDEWAYS = (5, 6, 7, 8)  # orientations that exchange width and height


class Facts(NamedTuple):
    """Of a photo that is seen upright: width and height in pixels, and when it was taken, if that is told."""

    width: int
    height: int
    taken: str


def read_photo(
    source: Path | str | bytes | BinaryIO,
    *,
    at_least: int | None = None,
    name: str | None = None,
    max_pixels: int | None = None,
) -> Image.Image:
    """Reads a photo from any file, upright and in RGB.

    The orientation that its metadata tells is applied, and nothing else of them is read; transparency is laid over
    white, 16 bits are scaled to 8, and of an animation the first frame is taken; of a video (`film.mp4`, or a part of
    it, `film.mp4#t=10,20`) the one in the middle.

    Args:
        source: a path, the bytes of a file, or an open binary file that can be rewound (it is left open).
        at_least: a JPEG may be decoded at a half, a quarter or an eighth of its size, much faster, as long as its
            shorter side keeps this many pixels. None decodes it whole.
        name: what errors call the photo; the path or the file's own name by default.
        max_pixels: pixels that the photo may have; MAX_PIXELS by default. A refusal names `--max-pixels` only where
            this is given, because only those commands that have the flag give it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a photo, damaged, empty, a folder or a device, of more pixels than allowed, or so made
            that reading it would take very long.
    """
    assert at_least is None or at_least > 0
    assert max_pixels is None or max_pixels > 0
    if (part := stretch(source)) is not None:
        return read_moments(part, 1, name=name, max_pixels=max_pixels)[0].picture
    limit = Limit(MAX_PIXELS) if max_pixels is None else Limit(max_pixels, ", or allow more with --max-pixels")
    if isinstance(source, bytes):
        name = name or "the photo"
        check_bytes(len(source), name, limit)
        return _decode(source, name, at_least, limit)
    if not isinstance(source, Path | str):
        name = name or str(getattr(source, "name", "the photo"))
        return _decode(_content(source, name, limit), name, at_least, limit)
    name = name or str(source)
    return _decode(_bytes(Path(source), name, limit), name, at_least, limit)


def _bytes(path: Path, name: str, limit: Limit) -> bytes:
    """All of a file, if it has not too many of them."""
    try:
        check_file(path)
        with path.open("rb") as file:
            return _content(file, name, limit)
    except FileNotFoundError:
        raise FileNotFoundError(f"{name}: no such photo") from None
    except IsADirectoryError:
        raise ValueError(f"{name} is a folder, and a photo is needed") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be opened: {error.strerror or error}") from None


def _content(file: BinaryIO, name: str, limit: Limit) -> bytes:
    check_bytes(file.seek(0, io.SEEK_END), name, limit)
    file.seek(0)
    return file.read()


def photo_size(data: bytes) -> tuple[int, int]:
    """Width and height of a photo as its header tells them; nothing is decoded.

    Raises:
        ValueError: it is not a photo, or one that would be too much work.
    """
    return _opened(bare(data), "this", None).size


def photo_facts(path: Path) -> Facts:
    """What a photo's header tells; nothing is decoded.

    Raises:
        FileNotFoundError, ValueError: as `read_photo`.
    """
    data = _bytes(path, str(path), Limit(MAX_PIXELS))
    try:
        picture = bare(data)
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    photo = _opened(picture, str(path), None)
    width, height = photo.size
    sideways = _orientation(picture, photo) in SIDEWAYS
    told = picture.taken or taken(photo.info.get("exif", b"").removeprefix(b"Exif\0\0"))
    return Facts(*((height, width) if sideways else (width, height)), told)


def _decode(data: bytes, name: str, at_least: int | None, limit: Limit) -> Image.Image:
    if not data:
        raise ValueError(f"{name} is empty")
    try:
        picture = bare(data)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    reduced = picture.in_rows and at_least is not None
    photo = _opened(picture, name, limit._replace(pixels=REDUCED * limit.pixels) if reduced else limit)
    try:
        if at_least:
            photo.draft(None, (at_least, at_least))
    except Exception as error:  # of a broken thumbnail
        raise ValueError(f"{name} is damaged: {error}") from error
    check_size(*photo.size, name, limit)
    try:
        with unlimited():
            photo.load()
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{name} is damaged: {reason}") from error
    if picture.kind == "BMP" and photo.mode == "RGBA" and not photo.getchannel("A").getbbox():
        photo = photo.convert("RGB")  # whoever wrote it left the fourth byte empty
    try:
        return rgb(turned(photo, _orientation(picture, photo)))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _orientation(picture: Bare, photo: Image.Image) -> int:
    return told_orientation(photo) if picture.kind == "AVIF" else picture.orientation


def _opened(picture: Bare, name: str, limit: Limit | None) -> Image.Image:
    """The photo, of which only the header was read, if it is not too large."""
    if picture.size is not None:
        check_size(*picture.size, name, limit)
    if picture.kind == "HEIF":
        if not HAS_HEIF:
            raise ValueError(f"{name} is a HEIF (HEIC): pip install 'captioner[formats]' reads it, or save it as JPEG")
        open_door()
    try:
        with unlimited():
            photo = Image.open(io.BytesIO(picture.data), formats=[picture.kind] if picture.kind in FORMATS else [])
    except Exception as error:  # Pillow's readers raise their own types for every kind of damage
        raise ValueError(f"{name} is not a photo that can be read ({', '.join(FORMATS)})") from error
    check_size(*photo.size, name, limit)
    return photo
