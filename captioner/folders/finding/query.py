"""Photos for a query, in two stages: all by the words expected of them, the best few hundred by the captioner itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.folders.finding.index import Index
from captioner.folders.finding.table import Kept
from captioner.inference.judging.judge import log_mean

CANDIDATES = 300
"""Photos that are judged exactly; docs/find.md has what is lost thereby."""
TOGETHER = 100  # photos in memory at once
SAMPLE = 64
"""Photos of the index that tell how probable a query is about any photo."""


class Hit(NamedTuple):
    """A photo that was found.

    Attributes:
        photo: its path.
        score: ln p(query | photo) - ln p(query), in nats: how much likelier the words are for this photo than for any.
        log_probability: ln p(query | photo), in nats.
    """

    photo: Path
    score: float
    log_probability: float


def find(
    index: Index, query: str, photos: Sequence[Path], *, top: int = 10, candidates: int = CANDIDATES
) -> list[Hit]:
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
    if top < 1 or candidates < 0:
        raise ValueError(f"top is {top} and candidates {candidates}, but they are at least 1, and 0 for all photos")
    ids, places = index.judge.numbered(query), index.places(photos)
    if not places:
        return []
    kept = [each for _, each in places]
    first = np.concatenate([index.judge.quick(block, ids) for block in index.words(kept)])
    best = np.argsort(-first, kind="stable")[: max(candidates, top) if candidates else None]
    exact = _exact(index, ids, [kept[place] for place in best])
    sample = np.linspace(0, len(kept) - 1, min(SAMPLE, len(kept))).round().astype(int)
    anyhow = log_mean(_exact(index, ids, [kept[place] for place in sample]))
    order = np.argsort(-exact, kind="stable")[:top]
    return [Hit(places[best[place]][0], float(exact[place] - anyhow), float(exact[place])) for place in order]


def _exact(index: Index, ids: Sequence[int], kept: Sequence[Kept]) -> np.ndarray:
    """ln p of these words for each photo, (b)."""
    parts = (kept[begin : begin + TOGETHER] for begin in range(0, len(kept), TOGETHER))
    return np.concatenate([index.judge.exact(index.memory(part), [ids])[:, 0] for part in parts])
