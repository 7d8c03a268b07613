"""How much words count where photos and sentences are held against each other: the rarer, the more they tell apart.

What the model expects of photos is known of all of them, so rarity needs no other texts. The figures by which all this
was chosen, on a validation split, are in docs/find.md.
"""

from collections.abc import Sequence

import numpy as np

FLOOR = 1e-4
"""Expected occurrences that are added to each word's, so that one that is not expected does not decide alone."""
LEAST = 0.1
"""Nats; the rarity of the commonest word."""
RAREST = 1e-6
"""Share of a word that is never expected."""


def rarity(expected: np.ndarray) -> np.ndarray:
    """-ln of each word's share of all words that are expected of some photos: (v), nats, from `expected` (b, v)."""
    mean = expected.mean(axis=0, dtype=np.float64)
    return np.maximum(-np.log(mean / mean.sum() + RAREST), LEAST).astype(np.float32)


def guess(expected: np.ndarray, sentences: Sequence[Sequence[int]], rare: np.ndarray) -> np.ndarray:
    """A guess at which photos sentences fit, from how often their words are expected.

    Args:
        expected: of b photos, (b, v).
        sentences: ids of k sentences.
        rare: the rarity of each word, (v).

    Returns:
        (b, k): the sum over a sentence's different words of rarity² ln(expected), as a share of their mean rarity².
    """
    columns = sorted({word for sentence in sentences for word in sentence})
    place = {word: number for number, word in enumerate(columns)}
    counts = np.zeros((len(columns), len(sentences)), np.float32)
    for slot, sentence in enumerate(sentences):
        words = sorted(set(sentence))
        counts[[place[word] for word in words], slot] = rare[words] ** 2 / (rare[words] ** 2).mean()
    return np.log(expected[:, columns].astype(np.float32) + FLOOR) @ counts


def weighed(log_p: np.ndarray, sentences: Sequence[Sequence[int]], rare: np.ndarray, *, end: int) -> np.ndarray:
    """Σ w ln p over the words of each sentence and its end, where w is their rarity, on average 1 in a sentence.

    Args:
        log_p: of each word, (b, k, t), as from `captioner.decoding.given`.
        sentences: ids of the k sentences.
        rare: the rarity of each word, (v).
        end: the word after the last.

    Returns:
        (b, k), nats.
    """
    weights = np.zeros(log_p.shape[1:], np.float32)
    for slot, sentence in enumerate(sentences):
        own = rare[[*sentence, end]]
        weights[slot, : len(own)] = own / own.mean()
    return np.einsum("bkt,kt->bk", log_p, weights)


def above_any(scores: np.ndarray, photos: int) -> np.ndarray:
    """ln p(sentence | photo) - ln p(sentence), where that is the mean over photos: (b, k) from (b, k), nats.

    Args:
        scores: of the photos that were judged; -inf for others, which add nothing to the mean.
        photos: how many there are in all.
    """
    highest = scores.max(axis=0)
    return scores - (np.log(np.exp(scores - highest).sum(axis=0) / photos) + highest)
