"""BLEU-1 to BLEU-4 as the COCO evaluation computes them (Papineni et al. 2002, aclanthology.org/P02-1040)."""

from collections.abc import Sequence

import numpy as np

from captioner.scoring.captions.ngrams import ORDERS, Corpus, Counts
from captioner.scoring.tally import Floats, Ints, Tally, add_up

NAMES = ("bleu1", "bleu2", "bleu3", "bleu4")
SMALL, TINY = 1e-9, 1e-15  # the COCO evaluation's guards against dividing by nothing; they show in single captions


def matches(counts: Counts, photos: int) -> Floats:
    """N-grams of each hypothesis that its references have, at most as often as the one that has most, (photos)."""
    most = np.maximum.reduceat(np.where(counts.place > 0, counts.times, 0), counts.group)
    said = np.where(counts.place == 0, counts.times, 0)[counts.group]
    return add_up(np.minimum(said, most), counts.photo[counts.group], photos)


def closest_lengths(corpus: Corpus) -> Ints:
    """Words of the reference nearest in length to the hypothesis, the shorter of two equally near ones, (photos)."""
    distance = np.abs(corpus.lengths - corpus.lengths[corpus.first][corpus.photo])
    longest = int(corpus.lengths.max()) + 1
    rank = distance * longest + corpus.lengths
    rank[corpus.first] = np.iinfo(np.int64).max
    return np.minimum.reduceat(rank, corpus.first) % longest


def bleu(corpus: Corpus, matched: Sequence[Floats]) -> Tally:
    """BLEU of the set and of each photo, fractions from 0 to 1.

    The columns that are summed: words of the hypotheses, words of the references, n-grams of the hypotheses for each n,
    and `matched`, those found in the references.
    """
    lengths = corpus.lengths[corpus.first]
    said = [np.maximum(lengths - before, 0) for before in range(ORDERS)]
    rows = np.stack([lengths, closest_lengths(corpus), *said, *matched], axis=-1)
    return Tally(NAMES, rows.astype(np.float64), score)


def score(sums: Floats, photos: int) -> Floats:
    """The geometric means of the precisions of 1 to n words, times a penalty for brevity, (..., 10) to (..., 4)."""
    hypothesis, reference, said, matched = np.split(sums, [1, 2, 2 + ORDERS], axis=-1)
    products = np.cumprod((matched + TINY) / (said + SMALL), axis=-1)
    ratio = (hypothesis + TINY) / (reference + SMALL)
    penalty = np.exp(np.minimum(0, 1 - 1 / ratio))
    return products ** (1 / np.arange(1, ORDERS + 1)) * penalty
