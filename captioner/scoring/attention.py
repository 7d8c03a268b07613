"""Does the attention look at what the word names? Pointing game (Zhang et al. 2016, arXiv:1608.00507) and mass.

What is measured of the attention is also measured of two maps that do not look: the uniform one, whose pointing is the
chance of hitting the object blindly, and a Gaussian around the middle, where photographers put their objects.
"""

from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from captioner.scoring.instances import read_instances

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
Box = Sequence[float]  # left, top, width and height in photo pixels
Region = tuple[float, float, float, float]  # left, top, right and bottom of what the grid covers, in photo pixels

CENTRE = 0.25  # standard deviation of the centred map, as a fraction of the grid's side


class Mention(NamedTuple):
    """A word that names a kind of object.

    Attributes:
        p: the word's attention over the n places, (n,).
        cover: how much of each place such objects cover, from 0 to 1, (n,); see `covered`.
    """

    p: Floats
    cover: Floats


class Measured(NamedTuple):
    """A mean over all mentions, from 0 to 1, of the attention and of the two maps that do not look."""

    attention: float
    uniform: float
    centre: float


@dataclass(frozen=True)
class AttentionScores:
    """How well words look at what they name.

    Attributes:
        mentions: number of words that name an object of the photo.
        absent: number of words that name a kind of object that the photo does not show; they are not scored.
        everywhere: number of words that name an object which touches every place, so that no look can miss it; they
            are not scored.
        pointing: how often the largest weight lies inside the object's box or mask, grown by half a place.
        mass: how much of the weight lies inside it, not grown.
    """

    mentions: int
    absent: int
    everywhere: int
    pointing: Measured
    mass: Measured


def score_attention(mentions: Sequence[Mention]) -> AttentionScores:
    """Scores the attention of all mentions that can be right or wrong.

    Those of objects that cover no place count as absent; those that touch all places would be right for any map.

    Raises:
        ValueError: there is none.
    """
    absent = sum(not mention.cover.any() for mention in mentions)
    there = [mention for mention in mentions if can_miss(mention)]
    if not there:
        raise ValueError("no word of the captions names an object of its photo, so there is no attention to score")
    everywhere = len(mentions) - absent - len(there)
    return AttentionScores(len(there), absent, everywhere, _measured(pointing, there), _measured(mass, there))


def can_miss(mention: Mention) -> bool:
    """Whether a look can be right or wrong: the object touches some places, and not all."""
    return bool(mention.cover.any() and not mention.cover.all())


def _measured(measure: Callable[[Floats, Floats], float], mentions: Sequence[Mention]) -> Measured:
    rows = [
        [measure(weights, cover) for weights in (p, np.full(p.size, 1 / p.size), centred(p.size))]
        for p, cover in mentions
    ]
    return Measured(*np.mean(rows, axis=0).tolist())


def pointing(p: Floats, cover: Floats) -> float:
    """Whether the place with the largest weight touches the object; among equally large ones, how many of them do.

    The middle of a place lies within the object's box grown by half a place exactly if the place touches the box.
    """
    return float(np.mean(cover[p == p.max()] > 0))


def mass(p: Floats, cover: Floats) -> float:
    """How much of the weight lies on the object, when each place spreads its own evenly."""
    return float(p @ cover / p.sum())


def centred(places: int) -> Floats:
    """A Gaussian around the middle of a square grid, (n,), with the sum 1."""
    side = isqrt(places)
    bell = np.exp(-0.5 * ((np.arange(side) - (side - 1) / 2) / (CENTRE * side)) ** 2)
    weights = np.outer(bell, bell).ravel()
    return weights / weights.sum()


def covered(box: Box, region: Region, side: int, mask: Floats | None = None) -> Floats:
    """How much of each place an object covers, (n,) in reading order, from 0 to 1.

    Args:
        box: where the object is, or where its mask lies.
        region: what the grid covers.
        side: places along each side of the grid.
        mask: (rows, columns) from 0 to 1, stretched over the box; None takes all of the box.
    """
    x, y, width, height = box
    left, top, right, bottom = region
    mask = np.ones((1, 1)) if mask is None else mask
    rows, columns = mask.shape
    down = _shared(np.linspace(top, bottom, side + 1), np.linspace(y, y + height, rows + 1))
    across = _shared(np.linspace(left, right, side + 1), np.linspace(x, x + width, columns + 1))
    area = (right - left) * (bottom - top) / side**2
    return (down @ mask @ across.T).ravel() / area


def _shared(places: Floats, pieces: Floats) -> Floats:
    """The length that each place shares with each piece, (places, pieces), both given by their edges."""
    ends = np.minimum(places[1:, None], pieces[None, 1:])
    return np.maximum(ends - np.maximum(places[:-1, None], pieces[None, :-1]), 0)


class Instances:
    """The objects of photos from a COCO instances file, read by pycocotools; made-up scenes have such a file, too.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as `read_instances`, which checks all that is in it.
    """

    def __init__(self, path: Path) -> None:
        from pycocotools.coco import COCO

        content = read_instances(path)
        self.path, self._index = path, COCO()
        self._index.dataset = content
        with redirect_stdout(StringIO()):
            self._index.createIndex()
        self.categories: dict[str, int] = {one["name"]: one["id"] for one in content["categories"]}

    def size(self, image: int | str) -> tuple[int, int]:
        """Width and height of a photo in pixels.

        Raises:
            ValueError: the file does not know the photo.
        """
        if image not in self._index.imgs:
            raise ValueError(f"{self.path} has no photo {image!r}; is it of the same photos as the captions?")
        return self._index.imgs[image]["width"], self._index.imgs[image]["height"]

    def covered(self, image: int | str, category: str, region: Region, side: int) -> Floats:
        """How much of each place all objects of a category cover, (n,); 0 everywhere where there is none.

        Masks count where the file has them, boxes otherwise.
        """
        total = np.zeros(side * side)
        for number in self._index.getAnnIds(imgIds=[image], catIds=[self.categories[category]]):
            instance = self._index.anns[number]
            if "segmentation" in instance:
                total += covered((0, 0, *self.size(image)), region, side, self._index.annToMask(instance))
            else:
                total += covered(instance["bbox"], region, side)
        return np.minimum(total, 1)
