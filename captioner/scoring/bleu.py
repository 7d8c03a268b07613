"""BLEU-1 to BLEU-4 as the COCO evaluation computes them (Papineni et al. 2002, aclanthology.org/P02-1040)."""

from collections.abc import Sequence

import numpy as np

from captioner.scoring.corpus import ORDERS, Corpus, Counts, Floats, Ints

SMALL, TINY = 1e-9, 1e-15  # the COCO evaluation's guards against dividing by nothing; they show in single captions
TOTALS = 2 + 2 * ORDERS  # columns: words of the hypothesis, words of the reference, guesses and matches of each order


def matches(counts: Counts, photos: int) -> Floats:
    """N-grams of each hypothesis found in its references, no more often than in the one that has most, (photos)."""
    references = np.where(counts.place > 0, counts.times, 0)
    most = np.maximum.reduceat(references, counts.group)
    guessed = np.where(counts.place == 0, counts.times, 0)[counts.group]
    matched = np.minimum(guessed, most).astype(np.float64)
    return np.bincount(counts.photo[counts.group], weights=matched, minlength=photos)


def closest_lengths(corpus: Corpus) -> Ints:
    """Words of the reference nearest in length to the hypothesis, the shorter of two equally near ones, (photos)."""
    distance = np.abs(corpus.lengths - corpus.lengths[corpus.first][corpus.photo])
    longest = int(corpus.lengths.max()) + 1
    rank = distance * longest + corpus.lengths
    rank[corpus.first] = np.iinfo(np.int64).max
    return np.minimum.reduceat(rank, corpus.first) % longest


def totals(corpus: Corpus, matched: Sequence[Floats]) -> Floats:
    """Everything that BLEU needs to know of a photo; rows may be summed, (photos, TOTALS)."""
    lengths = corpus.lengths[corpus.first]
    guesses = [np.maximum(lengths - order, 0) for order in range(ORDERS)]
    return np.stack([lengths, closest_lengths(corpus), *guesses, *matched], axis=-1).astype(np.float64)


def bleu(sums: Floats) -> Floats:
    """BLEU-1 to BLEU-4 of summed totals: the geometric mean of the precisions, times a penalty for brevity.

    Args:
        sums: rows of `totals` added up over the photos, (..., TOTALS). One photo's own row gives its own BLEU.

    Returns:
        Fractions from 0 to 1, (..., 4).
    """
    hypothesis, reference = sums[..., :1], sums[..., 1:2]
    guessed, matched = sums[..., 2 : 2 + ORDERS], sums[..., 2 + ORDERS :]
    products = np.cumprod((matched + TINY) / (guessed + SMALL), axis=-1)
    ratio = (hypothesis + TINY) / (reference + SMALL)
    # An empty hypothesis has a ratio so small that the penalty is exactly 0.
    penalty = np.exp(np.minimum(0, 1 - 1 / ratio))
    return products ** (1 / np.arange(1, ORDERS + 1)) * penalty
