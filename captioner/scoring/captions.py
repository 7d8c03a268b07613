"""Scores of captions against references: BLEU-1 to BLEU-4, ROUGE-L, CIDEr and CIDEr-D of strings keyed by photo.

The numbers are those of the COCO evaluation (pycocoevalcap) to the last digits that floating point allows, without
Java. See docs/scores.md for the definitions.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from captioner.scoring.bleu import bleu, matches, totals
from captioner.scoring.cider import cider, likeness
from captioner.scoring.corpus import Corpus, Floats, count_ngrams, number_words
from captioner.scoring.rouge import rouge_l
from captioner.text.ptb import ptb

Id = TypeVar("Id", bound=Hashable)
BLEU = ("bleu1", "bleu2", "bleu3", "bleu4")
MEANS = ("rouge_l", "cider", "cider_d")


@dataclass(frozen=True, eq=False)
class CaptionScores(Generic[Id]):
    """The scores of one set of captions.

    BLEU and ROUGE-L are fractions from 0 to 1, CIDEr and CIDEr-D go from 0 to 10; papers print all of them times 100.

    Attributes:
        ids: the photos, in the order of the rows below.
        counts: what BLEU sums over photos (see `bleu.totals`), (photos, 10).
        means: scores that are averaged over photos: ROUGE-L, CIDEr, CIDEr-D, (photos, 3).
    """

    ids: tuple[Id, ...]
    counts: Floats
    means: Floats

    @property
    def count(self) -> int:
        """Number of photos."""
        return len(self.ids)

    @property
    def values(self) -> dict[str, float]:
        """The scores of the whole set by name."""
        return dict(zip(BLEU + MEANS, combine(self.counts.sum(0), self.means.mean(0)).tolist(), strict=True))

    @property
    def per_image(self) -> dict[Id, dict[str, float]]:
        """Each photo's own scores; the set's BLEU is not the mean of them."""
        rows = combine(self.counts, self.means).tolist()
        return {key: dict(zip(BLEU + MEANS, row, strict=True)) for key, row in zip(self.ids, rows, strict=True)}


def combine(counts: Floats, means: Floats) -> Floats:
    """All scores in the order BLEU + MEANS from BLEU's summed counts and the means, (..., 7)."""
    return np.concatenate([bleu(counts), means], axis=-1)


def score_captions(
    hypotheses: Mapping[Id, str],
    references: Mapping[Id, Sequence[str]],
    *,
    tokenize: Callable[[str], list[str]] = ptb,
) -> CaptionScores[Id]:
    """Scores one caption a photo against the photo's references.

    Args:
        hypotheses: the caption to be scored by photo id.
        references: the captions that people wrote by photo id, one or more a photo.
        tokenize: gives the words of a caption; the COCO evaluation's own unless you compare with other numbers.

    Raises:
        ValueError: photos without hypothesis or without references, or no photo at all.
    """
    check_ids(hypotheses.keys(), references.keys())
    if bare := [key for key, captions in references.items() if not captions]:
        raise ValueError(f"{named('photo', bare)} without any reference caption; give at least one or leave them out")
    corpus = number_words(
        (tokenize(hypotheses[key]), [tokenize(caption) for caption in captions]) for key, captions in references.items()
    )
    return CaptionScores(tuple(references), *measure(corpus))


def measure(corpus: Corpus) -> tuple[Floats, Floats]:
    """BLEU's counts and the averaged scores of each photo."""
    matched, likenesses = [], []
    for counts in count_ngrams(corpus):
        matched.append(matches(counts, len(corpus.first)))
        likenesses.append(likeness(counts, corpus))
    means = np.stack([rouge_l(corpus), *cider(corpus, likenesses)], axis=-1)
    return totals(corpus, matched), means


def check_ids(given: Collection[Hashable], wanted: Collection[Hashable]) -> None:
    """Refuses sets of photos that are not the same.

    Raises:
        ValueError: naming the first missing and foreign ids, or saying that there is no photo.
    """
    missing = [key for key in wanted if key not in given]
    foreign = [key for key in given if key not in wanted]
    if missing or foreign:
        parts = [f"{named('photo', missing)} without a caption"] * bool(missing)
        parts += [f"{named('caption', foreign)} of photos that have no references"] * bool(foreign)
        raise ValueError(f"{'; '.join(parts)}; every photo with references needs exactly one caption")
    if not wanted:
        raise ValueError("no photos to score: give at least one caption and its references")


def named(noun: str, keys: Sequence[Hashable], *, most: int = 5) -> str:
    """A count with the first few ids: `7 photos (1, 2, 3, 4, 5, …)`."""
    shown = ", ".join(map(str, keys[:most])) + ", …" * (len(keys) > most)
    return f"{len(keys):,} {noun}{'s' * (len(keys) != 1)} ({shown})"
