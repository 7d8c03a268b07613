"""Pictures of attention to keep: as `captioner attend` draws them."""

import io
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from captioner.figures.attention import LONGEST, attention_figure
from captioner.figures.canvas import as_image
from captioner.figures.pages import attention_html, page
from captioner.figures.strips import strip
from captioner.images import ImageSpec
from captioner.photos import read_frames
from captioner.serving.work.seeing import check_pixels, readable

Format = Literal["png", "html"]
WIDEST = 1600
MEDIA: dict[Format, str] = {"png": "image/png", "html": "text/html"}


class Look(NamedTuple):
    """A sentence, its t words, and their weights (t,n)."""

    text: str
    words: Sequence[str]
    p: np.ndarray


def drawn(data: bytes, look: Look, spec: ImageSpec, kind: Format, megapixels: float) -> bytes:
    """The photo, or a clip's strip, once per word, or a page to step through the words.

    Args:
        data: the photo's file.
        look: where the network looked.
        spec: what part of the photo it saw.
        kind: of the drawing.
        megapixels: that the service accepts.
    """
    photo = _shown(data, spec, megapixels)
    if kind == "html":
        block = attention_html(photo, look.words, look.p, spec, description=look.text)
        return page(look.text, block).encode()
    file = io.BytesIO()
    as_image(attention_figure(photo, look.words, look.p, spec, title=look.text)).save(file, "PNG")
    return file.getvalue()


def jpeg(data: bytes, spec: ImageSpec, megapixels: float) -> bytes:
    """The photo, or a clip's strip, as every browser shows it; its longer side has at most `WIDEST` pixels.

    Raises:
        TooLarge, ValueError: as `see`.
    """
    check_pixels(data, megapixels)
    photo = _shown(data, spec, megapixels)
    photo.thumbnail((WIDEST, WIDEST), reducing_gap=3.0)
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=85)
    return file.getvalue()


def _shown(data: bytes, spec: ImageSpec, megapixels: float) -> Image.Image:
    most, name = readable(megapixels), "this file"
    return strip(read_frames(data, spec.frames, spec.chosen, at_least=LONGEST, name=name, max_pixels=most))
