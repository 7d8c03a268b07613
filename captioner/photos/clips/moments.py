"""Which pictures of a video a model sees: evenly in time, or so that equally much changes between them."""

from itertools import pairwise
from math import ceil

import numpy as np

from captioner.photos.clips.address import Chosen, Stretch
from captioner.photos.clips.video import Moment, Video, opened

APART = 0.2
"""Seconds between the pictures that are compared where they are chosen by change."""
MOST = 2000
"""Pictures that are compared; of longer stretches they lie farther apart."""
SHORTEST = 0.01
"""A last stretch of less than this share of the others is left out: it is rounding."""
SIDE = 16
"""Of the small grey pictures that are compared, in pixels."""


def read_moments(
    part: Stretch,
    count: int,
    chosen: Chosen = "even",
    *,
    name: str | None = None,
    max_pixels: int | None = None,
) -> list[Moment]:
    """The pictures of a video, or of a part of it, at `count` instants, with their seconds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or is shorter.
    """
    with opened(part.file, name=name, max_pixels=max_pixels) as video:
        return video.at(_moments(video, part, count, chosen))


def find_moments(part: Stretch, count: int, chosen: Chosen = "even") -> list[float]:
    """The seconds of the same pictures; errors likewise."""
    with opened(part.file) as video:
        return _moments(video, part, count, chosen)


def stretches(part: Stretch, every: float, *, max_pixels: int | None = None) -> list[Stretch]:
    """A video, or a part of it, cut into stretches of so many seconds, the last one shorter; errors likewise."""
    with opened(part.file, max_pixels=max_pixels) as video:
        end = video.seconds if part.end is None else min(part.end, video.seconds)
    count = max(1, ceil((end - part.begin) / every - SHORTEST))
    begun = [part.begin + every * number for number in range(count)]
    return [Stretch(part.file, begin, min(begin + every, end)) for begin in begun]


def _moments(video: Video, part: Stretch, count: int, chosen: Chosen) -> list[float]:
    """The middles of equal parts of a stretch, or of parts in which equally much changes; in whole milliseconds."""
    begin, end = part.begin, video.seconds if part.end is None else min(part.end, video.seconds)
    if begin == part.end:
        return [begin] * count
    if begin >= end:
        raise ValueError(f"{video.name} is {video.seconds:.1f} s long and has nothing at {begin:g} s")
    shares = (np.arange(count) + 0.5) / count
    moments = begin + shares * (end - begin)
    if chosen == "change":
        pictures = video.through(begin, end, max(APART, (end - begin) / MOST))
        seen = [(each.seconds, np.asarray(each.picture.convert("L").resize((SIDE, SIDE)), float)) for each in pictures]
        changes = [np.abs(after - before).mean() for (_, before), (_, after) in pairwise(seen)]
        changed = np.concatenate([[0.0], np.cumsum(changes)])
        if changed[-1] > 0:
            moments = np.array([seen[place][0] for place in np.searchsorted(changed, shares * changed[-1])])
    return [round(float(moment), 3) for moment in moments]
