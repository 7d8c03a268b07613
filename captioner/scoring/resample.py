"""How sure a score is: intervals and paired differences by drawing photos again (Efron 1979; Koehn 2004, W04-3250).

Photos are drawn with replacement, as many as there are. What each photo adds to a score stays as it is: BLEU is made
anew from the summed counts of the drawn photos, and for CIDEr the document frequencies remain those of the whole set.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from captioner.scoring.tally import Floats, Tally

RESAMPLES = 1000
SEED = 0
SHARE = 0.95


class Interval(NamedTuple):
    """Where 95 % of the drawn sets lie, and the value of the set itself."""

    value: float
    low: float
    high: float


def intervals(tallies: Sequence[Tally], *, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Interval]:
    """Each score by name with its interval."""
    return spread([tally.whole() for tally in tallies], redrawn(tallies, resamples, seed), names(tallies))


def differences(
    first: Sequence[Tally], second: Sequence[Tally], *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Interval]:
    """The scores of the first minus those of the second; every drawn set has the same photos of both.

    Args:
        first: scores of one set of photos.
        second: the same scores of the same photos in the same order, for other captions.
        resamples: how many sets are drawn.
        seed: which.
    """
    assert names(first) == names(second)
    assert [len(tally.rows) for tally in first] == [len(tally.rows) for tally in second]
    whole = [one.whole() - other.whole() for one, other in zip(first, second, strict=True)]
    drawn = [redrawn(tallies, resamples, seed) for tallies in (first, second)]
    return spread(whole, [one - other for one, other in zip(*drawn, strict=True)], names(first))


def redrawn(tallies: Sequence[Tally], resamples: int, seed: int) -> list[Floats]:
    """For each tally the scores of drawn sets, (resamples, names). The same seed draws the same photos."""
    photos = len(tallies[0].rows)
    rows = np.concatenate([tally.rows for tally in tallies], axis=-1)
    sums = np.stack([times @ rows for times in draws(photos, resamples, seed)])
    edges = np.cumsum([tally.rows.shape[-1] for tally in tallies])[:-1]
    return [tally.score(part, photos) for tally, part in zip(tallies, np.split(sums, edges, axis=-1), strict=True)]


def draws(photos: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each photo is drawn, (photos), once for each drawn set."""
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(generator.integers(photos, size=photos), minlength=photos).astype(np.float64)


def spread(whole: Sequence[Floats], drawn: Sequence[Floats], names: Sequence[str]) -> dict[str, Interval]:
    """The middle 95 % of the drawn scores beside the scores of the set."""
    outside = (1 - SHARE) / 2
    low, high = np.nanquantile(np.concatenate(drawn, axis=-1), [outside, 1 - outside], axis=0)
    values = np.concatenate(whole).tolist()
    return {name: Interval(*found) for name, *found in zip(names, values, low.tolist(), high.tolist(), strict=True)}


def names(tallies: Sequence[Tally]) -> list[str]:
    """The scores of all tallies, in their order."""
    return [name for tally in tallies for name in tally.names]
