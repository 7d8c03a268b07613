"""`captioner.decoding.choose` without torch: log-probabilities, the best few of many, and drawing one by chance."""

from collections.abc import Iterable
from hashlib import blake2b
from math import inf
from typing import Any

import numpy as np

from captioner.decoding.settings import Decoding

Array = np.ndarray[Any, Any]
Chance = np.random.RandomState  # its numbers are those of torch's generator on a CPU


def log_probabilities(logits: Array) -> Array:
    """The log-softmax along the last axis in float32; a copy.

    Raises:
        ValueError: there is none.
    """
    shifted = logits.astype(np.float32) - logits.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True)
    if np.isnan(total).any():
        raise ValueError("the logits of the batch are not numbers (NaN); did the training diverge?")
    return shifted - np.log(total)


def chances(settings: Decoding, positions: Iterable[int]) -> list[Chance]:
    """One source of chance for each position; see `captioner.decoding.single.generators`."""
    seed = int(np.random.default_rng().integers(2**62)) if settings.seed is None else settings.seed
    digests = [blake2b(f"{seed} {position}".encode(), digest_size=8).digest() for position in positions]
    return [Chance((int.from_bytes(digest, "big") >> 1) & 0xFFFFFFFF) for digest in digests]


def largest(values: Array, count: int) -> Array:
    """Where the largest values lie, largest first."""
    places = np.argpartition(values, -count)[-count:] if count < len(values) else np.arange(len(values))
    return places[np.argsort(-values[places], kind="stable")]


def gumbel(chance: Chance, shape: tuple[int, ...]) -> Array:
    """Standard Gumbel noise, from the numbers that torch's generator draws on a CPU: 24 bits of the same twister."""
    bits = chance.randint(0, 2**32, shape, dtype=np.uint32) & 0xFFFFFF
    uniform = np.maximum(bits.astype(np.float32) * np.float32(2**-24), np.finfo(np.float32).tiny)
    return -np.log(-np.log(uniform))


def choose(choices: Array, settings: Decoding, noise: Array | None) -> Array:
    """One word for each row; see `captioner.decoding.choose.choose`."""
    if noise is None or settings.temperature == 0:
        return choices.argmax(axis=1)
    with np.errstate(invalid="ignore"):
        scaled = (choices - choices.max(axis=1, keepdims=True)) / np.float32(settings.temperature)
    scaled[choices == -inf] = -inf
    if not settings.top_k and settings.top_p == 1:
        return (scaled + noise).argmax(axis=1)
    count = min(settings.top_k or scaled.shape[1], scaled.shape[1])
    words = np.stack([largest(row, count) for row in scaled])
    scaled = np.take_along_axis(scaled, words, axis=1)
    p = np.exp(scaled - scaled[:, :1])
    p /= p.sum(axis=1, keepdims=True)
    scaled[p.cumsum(axis=1) - p >= settings.top_p] = -inf  # those before it are enough
    drawn = (scaled + noise[:, :count]).argmax(axis=1)
    return words[np.arange(len(words)), drawn]
