"""Photos for a query, in two stages: all by the words expected of them, the best by the captioner itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.folders.finding.index import Index
from captioner.inference.judging.weighing import above_any, guess, rarity, weighed

CANDIDATES = 500
"""Photos that are judged exactly; docs/find.md has what is lost thereby."""
TOGETHER = 100  # photos in memory at once
SAMPLE = 1000  # photos, about, that tell how rare words are


class Hit(NamedTuple):
    """A photo that was found.

    Attributes:
        photo: its path.
        score: how much likelier the words are for this photo than for any, in nats; rare words count more.
        log_probability: ln p(query | photo), in nats.
    """

    photo: Path
    score: float
    log_probability: float


def find(index: Index, query: str, photos: Sequence[Path], *, top: int = 10, candidates: int = CANDIDATES) -> list[Hit]:
    """The photos that fit a query best, best first.

    Args:
        index: brought up to date.
        query: in words.
        photos: among which to look; those that could not be read are left out.
        top: how many to give.
        candidates: how many to judge exactly, `top` at least; 0 for all.

    Raises:
        ValueError: the query has no word that the model knows, a number is out of its range, or the index is damaged.
    """
    check_counts(top, candidates)
    judge, places = index.judge, index.places(photos)
    sentences = [judge.numbered(query)]
    if not places:
        return []
    kept = [each for _, each in places]
    step = max(1, len(kept) // SAMPLE)
    rare = rarity(np.concatenate(list(index.expected(kept[::step]))))
    guessed = np.concatenate([guess(block, sentences, rare)[:, 0] for block in index.expected(kept)])
    best = np.argsort(-guessed, kind="stable")[: max(candidates, top) if candidates else None]
    log_p = index.read([kept[place] for place in best], sentences, together=TOGETHER)
    scores = above_any(weighed(log_p, sentences, rare, end=judge.vocabulary.end), len(kept))[:, 0]
    told = log_p.sum(axis=(1, 2))
    order = np.argsort(-scores, kind="stable")[:top]
    return [Hit(places[best[place]][0], float(scores[place]), float(told[place])) for place in order]


def check_counts(top: int, candidates: int) -> None:
    """Refuses numbers of photos that cannot be.

    Raises:
        ValueError: one is out of its range.
    """
    if top < 1:
        raise ValueError(f"top is {top}, but at least 1 photo must be given")
    if candidates < 0:
        raise ValueError(f"candidates is {candidates}, but must be a number of photos from 1, or 0 for all")
