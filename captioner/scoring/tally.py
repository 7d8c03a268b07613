"""Scores that depend on the photos of a set only through sums over them, so that sets can be drawn again from a set."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Tally(NamedTuple):
    """A family of scores.

    Attributes:
        names: of the scores.
        rows: what is summed over photos, (photos, columns).
        score: scores (..., names) of sums (..., columns) over a number of photos.
    """

    names: tuple[str, ...]
    rows: Floats
    score: Callable[[Floats, int], Floats]

    def whole(self) -> Floats:
        """The scores of the whole set, (names)."""
        return self.score(self.rows.sum(0), len(self.rows))

    def each(self) -> Floats:
        """The scores of every photo as if it were the only one, (photos, names)."""
        return self.score(self.rows, 1)


def means(names: tuple[str, ...], columns: Sequence[Floats]) -> Tally:
    """Scores that are averaged over photos.

    Args:
        names: of the scores.
        columns: for each name the values of the photos, (photos).
    """
    return Tally(names, np.stack(columns, axis=-1).astype(np.float64), lambda sums, photos: sums / photos)


def add_up(values: Floats, places: Ints, size: int) -> Floats:
    """Adds each value at its place, (entries) to (size)."""
    return np.asarray(np.bincount(places, weights=values, minlength=size), dtype=np.float64)
