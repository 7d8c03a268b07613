"""Attention weights over the places of a grid, laid over the photo in its own shape (no drawing library needed)."""

import base64
import io
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageFilter

from captioner.figures.strips import edges
from captioner.images import ImageSpec

Map = np.ndarray[tuple[int, int], np.dtype[np.float32]]

SHADE, DENSITY = np.array((8, 11, 24)), 0.8  # what covers the parts that are not attended, and how densely
LAMP, GLOW = np.array((255, 176, 46)), 0.16  # what lights the parts that are, so that it shows on dark things too
ROUNDING = 0.01
"""Half-precision weights need not sum to 1 by so much."""
COMPACT = 0.25  # of an image; what holds half of the weight is enclosed if it is no larger
LINE = 300  # an outline is one such part of the photo's longer side thick
SPREAD = 0.5  # standard deviation of the smoothing, in places of the grid


def has_places(p: np.ndarray) -> bool:
    """Whether weights (…,n) say where the network looked: not without attention (n=0) or with one vector (n=1)."""
    return p.shape[-1] > 1


def check_words(words: Sequence[str], p: np.ndarray) -> None:
    """Refuses weights that do not belong to these words.

    Raises:
        ValueError: `p` is not (t,n) with one row for each word.
    """
    if p.ndim != 2 or len(p) != len(words):
        raise ValueError(f"{len(words)} words need attention weights ({len(words)}, places), not {p.shape}")


def percent(share: float) -> str:
    """A share for reading, with about two digits, and a space that does not break."""
    return f"{100 * share:.{0 if share >= 0.0995 else 1}f}\u00a0%"


def attention_map(p: np.ndarray, size: tuple[int, int], spec: ImageSpec) -> Map:
    """Spreads the weights of one word smoothly over the photo.

    The value at a pixel is the average of the weights of the places around it, so equal weights give 1/n everywhere.
    What the network did not see (`crop`) is 0; weight that lies beside the photo (`pad`) is not shown.

    Args:
        p: weights (n,) of a square grid, row by row; of a clip those of its frames, one after another.
        size: width and height of the photo, or of a clip's strip, in pixels.
        spec: which part of the photo the grid covers.

    Returns:
        (height, width), in units of the weights.

    Raises:
        ValueError: n is not a square number, or not one for each frame.
    """
    if spec.frames > 1 and p.ndim == 1 and p.size % spec.frames == 0:
        begun = edges(size[0], spec.frames)
        each = zip(np.split(p, spec.frames), pairwise(begun), strict=True)
        return np.hstack([attention_map(part, (end - left, size[1]), spec.still) for part, (left, end) in each])
    side = math.isqrt(p.size)
    if p.ndim != 1 or side == 0 or side * side != p.size:
        raise ValueError(f"attention is drawn from the weights (n,) of a square grid of places, not from {p.shape}")
    width, height = size
    left, top, right, bottom = spec.region(width, height)
    across = _averages(side, width, left, right)
    down = _averages(side, height, top, bottom)
    return (down @ p.reshape(side, side).astype(np.float32) @ across.T).astype(np.float32)


def _averages(side: int, length: int, start: float, end: float) -> np.ndarray:
    """How much each place counts at each pixel along one axis: (length, side), rows sum to 1, or 0 outside."""
    places = (np.arange(length) + 0.5 - start) / (end - start) * side - 0.5
    nearness = np.exp(-0.5 * ((places[:, None] - np.arange(side)) / SPREAD) ** 2)
    seen = (places >= -0.5) & (places <= side - 0.5)
    nearness[~seen] = 0
    return (nearness / np.maximum(nearness.sum(1, keepdims=True), 1e-9)).astype(np.float32)


def cover(weights: Map) -> Image.Image:
    """What is laid over the photo, as RGBA: dark where the weight is 0, a faint lamplight where it is largest."""
    attended = weights[:, :, None] / max(float(weights.max()), 1e-12)
    dark, lit = DENSITY * (1 - attended), GLOW * attended
    alpha = dark + lit
    colour = (dark * SHADE + lit * LAMP) / alpha
    return Image.fromarray(np.concatenate([colour, 255 * alpha], -1).round().astype(np.uint8))


def overlay(photo: Image.Image, weights: Map) -> Image.Image:
    """The photo, darkened where there is little attention.

    Args:
        photo: RGB.
        weights: what `attention_map` gave for this photo: (height, width).
    """
    return Image.alpha_composite(photo.convert("RGBA"), cover(weights)).convert("RGB")


def core(weights: Map, share: float = 0.5) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which pixels hold a share of the weight: as few as can, the largest first, and all that are equal to the last.

    Args:
        weights: what `attention_map` gave, (height, width).
        share: of all the weight, from 0 to 1.
    """
    falling = np.sort(weights, axis=None)[::-1].astype(np.float64)
    last = int(np.searchsorted(falling.cumsum(), share * falling.sum()))
    return weights >= falling[min(last, falling.size - 1)] * (1 - 1e-6)


def lit(photo: Image.Image, weights: Map) -> Image.Image:
    """The photo with a word's attention as a figure shows it; see `overlay` and `outlined`."""
    return outlined(overlay(photo, weights), weights)


def outlined(image: Image.Image, weights: Map) -> Image.Image:
    """An image with a line around the part that holds half of the weight, if that part is small.

    Where the weight is spread over more than `COMPACT` of the image the line would wind everywhere and say nothing.

    Args:
        image: RGB.
        weights: what `attention_map` gave for it: (height, width).
    """
    held = core(weights)
    if held.mean() > COMPACT:
        return image
    width = max(1, round(max(image.size) / LINE))
    smooth = Image.fromarray(held).convert("L").filter(ImageFilter.GaussianBlur(width))
    distance = np.abs(np.asarray(smooth, np.float32) / 255 - 0.5)  # 0 on the border of the part
    line = Image.fromarray((255 * np.clip(1.5 - 4 * distance, 0, 1)).astype(np.uint8))
    return Image.composite(Image.new("RGB", image.size, tuple(LAMP.tolist())), image, line)


def looks_away(share: float) -> str:
    """How much of the attention a word gives to no place at all, for reading."""
    return f"looks away {percent(share)}"


def shares_away(words: Sequence[str], p: np.ndarray, sentinel: np.ndarray | None) -> np.ndarray | None:
    """How much of its attention each word gives to no place, (t), from 0 to 1; None where no word looks away.

    Args:
        words: t words.
        p: their weights, (t, n).
        sentinel: the shares; None for what the weights lack to 1.

    Raises:
        ValueError: `sentinel` is not (t), one share from 0 to 1 for each word.
    """
    if sentinel is None:
        away = np.clip(1 - p.sum(axis=1, dtype=np.float64), 0, 1) if has_places(p) else np.zeros(len(p))
        return away if (away > ROUNDING).any() else None
    if sentinel.shape != (len(words),) or not ((sentinel >= 0) & (sentinel <= 1)).all():
        raise ValueError(f"{len(words)} words need as many shares from 0 to 1 that look away, not {sentinel!r:.80}")
    return sentinel


def fit(photo: Image.Image, longest: int) -> Image.Image:
    """The photo with no side longer than `longest` pixels, in its own shape."""
    scale = longest / max(photo.size)
    if scale >= 1:
        return photo
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    return photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def stretched(photo: Image.Image, shape: tuple[int, int]) -> Image.Image:
    """A photo that was squeezed, in its own shape again, with about as many pixels as it has.

    Args:
        shape: width and height, of which only the proportion counts.
    """
    scale = math.sqrt(photo.width * photo.height / (shape[0] * shape[1]))
    size = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    return photo.resize(size, Image.Resampling.BICUBIC)


def photo_data_uri(image: Image.Image) -> str:
    """An image as a `data:` address for a page that needs no other file: RGB as JPEG, with transparency as PNG."""
    file = io.BytesIO()
    if image.mode == "RGBA":
        image.save(file, "PNG")
        kind = "png"
    else:
        image.save(file, "JPEG", quality=85)
        kind = "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
