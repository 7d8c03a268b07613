"""Does the caption rest on what is attended? Deletion and insertion curves (Petsiuk et al. 2018, arXiv:1806.07421).

The places of a photo are blanked in the order of the caption's attention, the most attended first, and the probability
of the caption is followed: it should fall soon. Then they are uncovered in the same order in the blurred photo: it
should rise soon. The same is done in a random order, which knows nothing of the attention.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from captioner.evaluation.result import Section
from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned
from captioner.inference.photos import source_picture
from captioner.photos import Clip

MOST = 100
STEPS = 8  # in which all places are changed
BLUR = 0.1  # radius of the blur, as a fraction of the photo's longer side
Explain = Callable[[Image.Image, str], Caption]


class Curves(NamedTuple):
    """Mean log-probability of the captions after each step, in nats a word."""

    deletion: tuple[float, ...]
    insertion: tuple[float, ...]

    @property
    def areas(self) -> tuple[float, float]:
        """The mean height of each curve."""
        deletion, insertion = (float(np.mean(np.add(curve[1:], curve[:-1]) / 2)) for curve in self)
        return deletion, insertion


@dataclass(frozen=True)
class Faithfulness:
    """How the captions' probability follows the places of the photos.

    Attributes:
        photos: number of photos.
        shares: of the places that are changed, from 0 to 1, one for each point of the curves.
        attention: in the order of attention.
        random: in a random order.
    """

    photos: int
    shares: tuple[float, ...]
    attention: Curves
    random: Curves


def faithfulness(
    explain: Explain,
    image: ImageSpec,
    said: Sequence[Captioned[Path | Clip]],
    *,
    most: int = MOST,
    seed: int = 0,
    max_pixels: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Faithfulness:
    """Follows the best caption of some photos.

    Args:
        explain: tells how probable the model finds a caption of a photo; `Captioner.explain`.
        image: what part of a photo the model sees.
        said: photos with their captions.
        most: photos that are followed, evenly from all.
        seed: of the random order.
        max_pixels: pixels that a photo may have, as in `read_photo`.
        progress: told (photos done, photos in all).

    Raises:
        ValueError: the captions have no attention over places.
    """
    if said[0].captions[0].attention.shape[1] < 2:
        raise ValueError("this model has no places to look at, so there is no order in which to delete them")
    said = said[:: -(-len(said) // most)]
    random = np.random.default_rng(seed)
    rows: list[list[list[list[float]]]] = []
    for result in said:
        photo, p = source_picture(result.source, image, max_pixels=max_pixels), result.captions[0].attention
        orders = [np.argsort(-p.sum(axis=0), kind="stable"), random.permutation(p.shape[1])]
        rows.append([follow(explain, image, photo, result.text, order) for order in orders])
        progress(len(rows), len(said))
    curves = [Curves(*map(tuple, one)) for one in np.mean(rows, axis=0).tolist()]
    return Faithfulness(len(rows), tuple(np.linspace(0, 1, STEPS + 1).tolist()), *curves)


def follow(
    explain: Explain, image: ImageSpec, photo: Image.Image, text: str, order: np.ndarray[Any, Any]
) -> list[list[float]]:
    """The log-probability a word of a caption, in nats, along deletion and along insertion.

    Args:
        order: all places of the grid, the first to be changed first.
    """
    pixels = np.asarray(photo)
    blank = np.full_like(pixels, [round(255 * part) for part in image.mean])
    blurred = np.asarray(photo.filter(ImageFilter.GaussianBlur(BLUR * max(photo.size))))
    ranks = np.argsort(order)[places(photo.size, image, isqrt(len(order)))]  # of each pixel's place

    def log_p(chosen: np.ndarray[Any, Any], inside: np.ndarray[Any, Any], outside: np.ndarray[Any, Any]) -> float:
        changed = Image.fromarray(np.where(chosen[:, :, None], inside, outside))
        caption = explain(changed, text)
        return caption.log_probability / (len(caption.words) + 1)  # the end is said, too

    reached = [ranks < len(order) * step / STEPS for step in range(STEPS + 1)]
    return [[log_p(one, blank, pixels) for one in reached], [log_p(one, pixels, blurred) for one in reached]]


def places(size: tuple[int, int], image: ImageSpec, side: int) -> np.ndarray[Any, Any]:
    """The place of the grid that each pixel belongs to, (height, width); pixels beside the grid go to the nearest."""
    width, height = size
    left, top, right, bottom = image.region(width, height)
    across = (np.arange(width) + 0.5 - left) / (right - left) * side
    down = (np.arange(height) + 0.5 - top) / (bottom - top) * side
    columns, rows = (np.clip(along.astype(int), 0, side - 1) for along in (across, down))
    return rows[:, None] * side + columns


def faithfulness_section(scores: Faithfulness) -> Section:
    """The curves, and their mean heights beside those of a random order."""
    content = {
        "unit": "nats a word",
        "photos": scores.photos,
        "shares": scores.shares,
        "attention": scores.attention._asdict(),
        "random": scores.random._asdict(),
    }
    areas = zip(scores.attention._fields, scores.attention.areas, scores.random.areas, strict=True)
    lines = [
        f"{name:8} {area:6.2f} nats a word   (random order {chance:.2f}; {scores.photos} photos)"
        for name, area, chance in areas
    ]
    return Section({"faithfulness": content}, lines)
