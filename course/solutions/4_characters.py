"""Solutions of `4_characters.ipynb`."""

import numpy as np


def streams(ids, count):
    """A NumPy array (count, length)."""
    length = len(ids) // count
    return ids[: count * length].reshape(count, length)


def bits_and_perplexity(nats):
    """Two numbers: bits a letter, and perplexity."""
    return nats / np.log(2), np.exp(nats)


def with_temperature(scores, temperature):
    """The probabilities of the next letter, a NumPy array; the largest score may be 1000."""
    scores = scores / temperature
    p = np.exp(scores - scores.max())
    return p / p.sum()
