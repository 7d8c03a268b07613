"""A photo's or clip's bytes reduced to what the network sees; imports little, for every reader process imports it."""

import io
from typing import NamedTuple

from PIL import Image

from captioner.images import ImageSpec, square
from captioner.photos import MAX_PIXELS, Clip, photo_size, read_frames, read_photo

Square = Image.Image | Clip
"""The square that the network sees of a photo, or those of a clip."""


class TooLarge(ValueError):
    """A photo of more pixels than the service accepts."""


class Seen(NamedTuple):
    """What the network sees, and the own width and height of the photo, or of the clip's strip, upright."""

    square: Square
    size: tuple[int, int]


def check_pixels(data: bytes, megapixels: float) -> None:
    """Refuses a photo by the size that its header gives, before any of it is decoded.

    Raises:
        TooLarge: it has more than `megapixels` (10**6).
    """
    try:
        width, height = photo_size(data)
    except ValueError:  # whatever it is, the reader says it in one sentence
        return
    if width * height > megapixels * 1e6:
        raise TooLarge(f"the photo has more than {megapixels:g} megapixels; send a smaller one")


def readable(megapixels: float) -> int:
    """How many pixels the reader must allow, so that the service's own limit is the one that is met."""
    return max(MAX_PIXELS, round(megapixels * 1e6))


def picture(path: str, side: int, megapixels: float) -> bytes:
    """A photo of this machine as a JPEG without metadata, its longer side at most so many pixels.

    Raises:
        FileNotFoundError, ValueError: as `read_photo`.
    """
    photo = read_photo(path, at_least=side, max_pixels=readable(megapixels))
    photo.thumbnail((side, side), reducing_gap=3.0)
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=85)
    return file.getvalue()


def see(data: bytes, spec: ImageSpec, megapixels: float) -> Seen:
    """Reads a photo or a clip as the command line does.

    Raises:
        TooLarge: it has too many pixels.
        ValueError: it is not a photo, or damaged.
    """
    check_pixels(data, megapixels)
    photos = read_frames(
        data, spec.frames, spec.chosen, at_least=spec.size, name="this file", max_pixels=readable(megapixels)
    )
    squares = {id(photo): square(photo, spec) for photo in photos}
    width, height = photos[0].size
    shown = [squares[id(photo)] for photo in photos]
    return Seen(shown[0] if len(shown) == 1 else Clip(tuple(shown)), (len(photos) * width, height))
