"""Photos found by their captions, and captions by their photos: what Flickr8k was made for (Hodosh et al. 2013).

The captioner is the judge: photos are ranked by ln p(caption | photo), and captions by that less ln p(caption), of the
mean over the photos; rare words count more. All pairs are guessed first; the best photos of each caption and the best
captions of each photo are judged exactly, and the others follow in the order of the guess.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from captioner.data.read.records import Photo
from captioner.evaluation.result import Result, Section
from captioner.inference import Captioner, Judge, Unreadable
from captioner.inference.engines.engine import Kept
from captioner.inference.judging.weighing import above_any, guess, rarity, weighed

AT = (1, 5, 10)
CAPTIONS = 3
"""How many times as many captions of a photo are judged exactly as photos of a caption."""
Progress = Callable[[int, int], None]
Captions = Sequence[tuple[str, int | str]]


@dataclass(frozen=True)
class Retrieval:
    """Where what belongs together was ranked, from 1.

    Attributes:
        photos: number of photos.
        captions: each with its photo's id.
        search: the rank of the caption's own photo, for each caption.
        annotation: the rank of the best of a photo's own captions, for each photo that has any.
        candidates: how many photos of each caption were judged exactly, and `CAPTIONS` times as many captions of each
            photo; 0 for all.
        about: what the bundle tells of itself.
    """

    photos: int
    captions: Captions
    search: np.ndarray
    annotation: np.ndarray
    candidates: int
    about: Mapping[str, Any]


def retrieve(
    model: Captioner, photos: Sequence[Photo], *, candidates: int = 100, batch: int = 16, progress: Progress
) -> Retrieval:
    """Ranks all photos for each caption, and all captions for each photo.

    Args:
        candidates: see `Retrieval`; 0 judges all pairs, which takes long.
        batch: photos looked at at once.
        progress: told (photos done, photos in all); each photo is seen twice.

    Raises:
        ValueError: a photo cannot be read, or none has a caption.
    """
    captions = [(text, photo.id) for photo in photos for text in photo.captions]
    if not captions:
        raise ValueError("no photo has a caption, so there is nothing to look for")
    own = np.array([place for place, photo in enumerate(photos) for _ in photo.captions])
    judge = Judge(model, fast=True)
    sentences = [judge.vocabulary.encode(text) for text, _ in captions]
    kept = list(_looked(judge, photos, batch, progress))
    expected = np.stack([one["expected"] for one in kept])
    rare = rarity(expected)
    guessed = guess(expected, sentences, rare)
    lifted = above_any(guessed, len(photos))
    wanted = _best(guessed, candidates, axis=0) | _best(lifted, CAPTIONS * candidates, axis=1)
    exact = np.full(guessed.shape, -np.inf, np.float32)
    for place, (one, row) in enumerate(zip(kept, wanted, strict=True)):
        slots = np.flatnonzero(row)
        texts = [sentences[slot] for slot in slots]
        if texts:
            exact[place, slots] = weighed(judge.read(_alone(one), texts), texts, rare, end=judge.vocabulary.end)[0]
        progress(len(kept) + place + 1, 2 * len(kept))
    found = _ranks(exact.T, guessed.T, own)
    mine = [np.flatnonzero(own == place) for place in range(len(photos))]
    told = [
        min(_ranks(np.tile(row, (len(slots), 1)), np.tile(rest, (len(slots), 1)), slots))
        for row, rest, slots in zip(above_any(exact, len(photos)), lifted, mine, strict=True)
        if len(slots)
    ]
    return Retrieval(len(photos), captions, found, np.array(told), candidates, model.bundle.about)


def _looked(judge: Judge, photos: Sequence[Photo], batch: int, progress: Progress) -> Iterator[Kept]:
    for done, one in enumerate(judge.look_each([photo.source for photo in photos], batch=batch), 1):
        if isinstance(one, Unreadable):
            raise ValueError(f"{one.reason}; `captioner data check` lists all such photos")
        progress(done, 2 * len(photos))
        yield one.kept


def _alone(kept: Kept) -> Kept:
    """A batch of one photo."""
    return {name: values[None] for name, values in kept.items() if name != "expected"}


def _best(scores: np.ndarray, count: int, *, axis: int) -> np.ndarray:
    """Which are the best so many along an axis; all of them for 0."""
    if not 0 < count < scores.shape[axis]:
        return np.full(scores.shape, True)
    least = np.partition(scores, -count, axis=axis).take([-count], axis=axis)
    return scores >= least


def _ranks(exact: np.ndarray, guess: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The rank of what belongs to each query, (q), from 1; of what is equally good, it is the last.

    Args:
        exact: scores of each query's items, (q, m); -inf for those that were not judged, which come behind.
        guess: in whose order they come, (q, m).
        own: which item belongs to each query, (q).
    """
    mine = np.arange(len(own)), own
    behind = np.isneginf(exact)
    before = (exact >= exact[mine][:, None]) & ~behind
    later = behind & (guess >= guess[mine][:, None])
    return np.where(behind[mine], (~behind).sum(axis=1) + later.sum(axis=1), before.sum(axis=1))


def retrieval_result(found: Retrieval, data: Mapping[str, str | None]) -> Result:
    """What is written and printed; `data` is what was scored: file and split."""
    kinds = {"search": found.search, "annotation": found.annotation}
    scores = {kind: _recalls(ranks) for kind, ranks in kinds.items()}
    content = {
        "retrieval": scores,
        "photos": found.photos,
        "captions": len(found.captions),
        "candidates": found.candidates,
        "data": dict(data),
    }
    titles = {"search": f"a photo among {found.photos:,}", "annotation": f"a caption among {len(found.captions):,}"}
    head = "".join(f"{f'R@{at}':>8}" for at in AT)
    lines = [f"{'to be found':28}{'queries':>8}{head}{'median rank':>14}"]
    for kind, ranks in kinds.items():
        cells = "".join(f"{100 * scores[kind][f'recall_at_{at}']:8.1f}" for at in AT)
        lines.append(f"{titles[kind]:28}{len(ranks):8,}{cells}{scores[kind]['median_rank']:14g}")
    said = [
        {"image_id": key, "caption": text, "rank": int(rank)}
        for (text, key), rank in zip(found.captions, found.search, strict=True)
    ]
    return Result(said, Section(content, lines), found.about)


def _recalls(ranks: np.ndarray) -> dict[str, float]:
    """R@k, the share of queries whose own is among the first k, from 0 to 1; and the median rank."""
    return {f"recall_at_{at}": float((ranks <= at).mean()) for at in AT} | {"median_rank": float(np.median(ranks))}
