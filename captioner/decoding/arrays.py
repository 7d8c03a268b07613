"""What a search computes with: a dozen functions that torch and numpy have each in their own way.

Everything else is spelled alike in both: operators, indexing, and `sum`, `any`, `argmax`, `cumsum`, `reshape`, `tolist`
with `axis` and `keepdims`. So a search is written once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Array = Any
"""A torch tensor or a numpy array; shapes are in the documentation."""


@dataclass(frozen=True)
class Arrays:
    """The functions that differ. Rows are (r, x), and an index of them is (r, y)."""

    arange: Callable[[int], Array]  # from 0 to count - 1, int64
    put: Callable[[Any], Array]  # what lies on the host, brought to where the search computes
    host: Callable[[Array], np.ndarray[Any, Any]]  # the other way, as float32 of numpy
    where: Callable[[Array, Array, Array], Array]  # elements of one or of the other
    concat: Callable[[list[Array], int], Array]  # parts made one along an axis
    gather: Callable[[Array, Array], Array]  # the elements of each row at an index
    amax: Callable[[Array, int], Array]  # the largest values along an axis
    topk: Callable[[Array, int], tuple[Array, Array]]  # the largest of each row, best first, and where they lie
    order: Callable[[Array], Array]  # where each row's elements lie, largest first; equal ones stay in their order
    log_softmax: Callable[[Array], Array]  # along the last axis in float32, of any floating type; a copy
    seed: Callable[[], int]  # one by chance, below 2**62
    quiet: Callable[[], AbstractContextManager[Any]]  # within it, no gradients, and no warning of -inf - -inf


def arrays_on(device: Any) -> Arrays:
    """Torch's on a device; numpy's, without importing torch, where it is None."""
    if device is None:
        return NUMPY
    from captioner.decoding.on_torch import torch_arrays

    return torch_arrays(device)


def _gather(rows: Array, index: Array) -> Array:
    return rows[np.arange(len(rows))[:, None], index]


def _topk(rows: Array, count: int) -> tuple[Array, Array]:
    few = rows.argpartition(-count, axis=1)[:, -count:]
    index = _gather(few, _order(_gather(rows, few)))
    return _gather(rows, index), index


def _order(rows: Array) -> Array:
    return (-rows).argsort(axis=1, kind="stable")


def _log_softmax(logits: Array) -> Array:
    shifted = np.subtract(logits, logits.max(axis=-1, keepdims=True), dtype=np.float32)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


NUMPY = Arrays(
    arange=np.arange,
    put=np.asarray,
    host=partial(np.asarray, dtype=np.float32),
    where=np.where,
    concat=np.concatenate,
    gather=_gather,
    amax=np.max,
    topk=_topk,
    order=_order,
    log_softmax=_log_softmax,
    seed=lambda: int(np.random.default_rng().integers(2**62)),
    quiet=lambda: np.errstate(invalid="ignore"),
)
