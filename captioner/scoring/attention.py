"""Does the attention look at what a word names, how sharply, and does it move from word to word?

Pointing is the pointing game of Zhang et al. 2016 (arXiv:1608.00507), mass the share of Liu et al. 2017
(arXiv:1605.09553). All of it is also measured of two maps that do not look: the even one, and a Gaussian around the
middle, where photographers put what they photograph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captioner.scoring.resample import Interval, intervals
from captioner.scoring.tally import Floats, Tally

CENTRE = 0.25  # standard deviation of the centred map, as a share of the grid's side
INSIDE = 0.5  # how much of a place must be covered for it to lie inside
ROUNDING = 1e-9  # of such shares
MEASURES = ("mass", "pointing", "touching", "sharpness", "entropy")
REACHING = ("pointing", "touching")  # which any map does where what is named reaches every place
MAPS = ("attention", "even", "centred", "gain")


class Measured(NamedTuple):
    """A mean over words, of the attention and of the two maps that do not look; each with its interval."""

    attention: Interval
    even: Interval
    centred: Interval
    gain: Interval
    """Attention minus centred."""


class Looked(NamedTuple):
    """The words of one photo that name something in it.

    Attributes:
        values: what `compared` gave for them, (m, measures, maps); NaN where a word is not scored.
        kinds: of what each names.
    """

    values: Floats
    kinds: Sequence[tuple[str, ...]]


class Kind(NamedTuple):
    """What was measured of the words of one kind; see `AttentionScores`."""

    mentions: int
    measures: dict[str, Measured]


@dataclass(frozen=True)
class AttentionScores:
    """How well words look at what they name.

    Attributes:
        photos: number of photos, with or without such words.
        mentions: number of words that name something that is there.
        places: of the grid, n.
        measures: by name. mass: how much of the weight lies inside the box or mask. pointing: how often the place with
            the largest weight lies at least half inside. touching: how often it touches it, which is whether the
            middle of the place lies inside the box grown by half a place. sharpness: the largest weight against an even
            one, from 1 to n. entropy: in nats, from 0 to log n.
            A measure of which no word can be scored is left out.
        kinds: the same of each kind, the most frequent first.
        everywhere: how many words are not scored for pointing and for touching, since no map could miss: what they
            name covers at least half of every place, or touches every place.
    """

    photos: int
    mentions: int
    places: int
    measures: dict[str, Measured]
    kinds: dict[str, Kind]
    everywhere: dict[str, int]


class Movement(NamedTuple):
    """How far the map moves, in total variation: 0 for the same map, 1 for maps without a place in common."""

    steps: Interval
    """From each word to the next."""
    spread: Interval
    """From each word to the mean map of its caption."""


def measured(p: Floats, cover: Floats) -> Floats:
    """The measures of maps, (m, measures); NaN for pointing and touching where no map could miss.

    Args:
        p: weights over the n places, (m, n); they need not sum to 1. A map without any weight has nothing inside.
        cover: how much of each place is covered by what is looked for, from 0 to 1, (m, n).
    """
    total = p.sum(axis=1, keepdims=True)
    p = np.divide(p, total, out=np.zeros(p.shape), where=total > 0)
    peak = p.max(axis=1, keepdims=True)
    peaks = (p == peak) & (peak > 0)
    shares = peaks / np.maximum(peaks.sum(axis=1, keepdims=True), 1)  # of equally large weights each counts
    entropy = -np.sum(p * np.log(p, out=np.zeros(p.shape), where=p > 0), axis=1)
    inside, touched = (_hits(shares, cover >= least) for least in (INSIDE - ROUNDING, ROUNDING))
    return np.stack([(p * cover).sum(axis=1), inside, touched, p.shape[1] * peak[:, 0], entropy], axis=1)


def _hits(shares: Floats, right: NDArray[np.bool_]) -> Floats:
    """How much of the largest weight lies in places that are right, (m,); NaN where all are."""
    return np.where(right.all(axis=1), np.nan, (shares * right).sum(axis=1))


def compared(p: Floats, cover: Floats) -> Floats:
    """The measures of maps beside those of maps that do not look, and what the maps gain over the centred one.

    Returns:
        (m, measures, maps).
    """
    even, middle = np.full(p.shape, 1 / p.shape[1]), np.broadcast_to(centred(p.shape[1]), p.shape)
    values = [measured(weights, cover) for weights in (p, even, middle)]
    return np.stack([*values, values[0] - values[2]], axis=2)


def centred(places: int) -> Floats:
    """A Gaussian around the middle of a square grid, (n,), with the sum 1."""
    side = isqrt(places)
    bell = np.exp(-0.5 * ((np.arange(side) - (side - 1) / 2) / (CENTRE * side)) ** 2)
    weights = np.outer(bell, bell).ravel()
    return weights / weights.sum()


def score_attention(photos: Sequence[Looked], places: int) -> AttentionScores | None:
    """Means over all words, with intervals from drawing photos again; None if no word names what is there.

    Args:
        photos: all photos, also those without such words.
        places: of the grid, n.
    """
    counts: dict[str, int] = {}
    for kind in (kind for photo in photos for kinds in photo.kinds for kind in kinds):
        counts[kind] = counts.get(kind, 0) + 1
    mentions = sum(len(photo.values) for photo in photos)
    if not mentions:
        return None
    ordered = sorted(counts, key=lambda kind: (-counts[kind], kind))
    chosen = [[np.arange(len(photo.values)) for photo in photos]] + [
        [np.flatnonzero([kind in kinds for kinds in photo.kinds]) for photo in photos] for kind in ordered
    ]
    tallies = [
        _tally(str(number), [photo.values[rows] for photo, rows in zip(photos, each, strict=True)])
        for number, each in enumerate(chosen)
    ]
    found = intervals(tallies)
    tables = [
        {
            name: Measured(*(found[f"{number} {name} {which}"] for which in MAPS))
            for name in MEASURES
            if f"{number} {name} {MAPS[0]}" in found
        }
        for number in range(len(tallies))
    ]
    kinds = {kind: Kind(counts[kind], table) for kind, table in zip(ordered, tables[1:], strict=True)}
    unscored = np.isnan(np.concatenate([photo.values for photo in photos])[:, :, 0]).sum(axis=0)
    everywhere = {name: int(unscored[MEASURES.index(name)]) for name in REACHING}
    return AttentionScores(len(photos), mentions, places, tables[0], kinds, everywhere)


def _tally(name: str, photos: Sequence[Floats]) -> Tally:
    """Means over the words of all photos: sums over photos, and of how many words, for each measure that has any."""
    counts = np.stack([(~np.isnan(values[:, :, 0])).sum(axis=0) for values in photos])
    some = np.flatnonzero(counts.any(axis=0))
    sums = np.stack([np.nansum(values[:, some], axis=0).ravel() for values in photos])
    names = tuple(f"{name} {MEASURES[place]} {which}" for place in some for which in MAPS)
    return Tally(names, np.concatenate([sums, counts[:, some]], axis=1).astype(float), _means)


def _means(sums: Floats, photos: int) -> Floats:
    measures = sums.shape[-1] // (len(MAPS) + 1)
    with np.errstate(invalid="ignore"):  # drawn sets without a word of a rare kind have no mean
        return sums[..., :-measures] / np.repeat(sums[..., -measures:], len(MAPS), axis=-1)


def moved(p: Floats) -> Floats:
    """How far the map of one caption moves, (4,): the sum over steps, steps, the sum over words, words.

    Args:
        p: weights of its words, (t, n).
    """
    if not len(p):
        return np.zeros(4)
    steps, spread = (np.abs(one).sum() / 2 for one in (np.diff(p, axis=0), p - p.mean(axis=0)))
    return np.array([steps, len(p) - 1, spread, len(p)])


def score_movement(photos: Sequence[Floats]) -> Movement:
    """Means over all steps and all words, with intervals.

    Args:
        photos: for each photo the sum of what `moved` gave for its captions.
    """
    tally = Tally(("steps", "spread"), np.stack(photos), lambda sums, _: _means_of_pairs(sums))
    return Movement(**intervals([tally]))


def _means_of_pairs(sums: Floats) -> Floats:
    return sums[..., ::2] / np.maximum(sums[..., 1::2], 1)
