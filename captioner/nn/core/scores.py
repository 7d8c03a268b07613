"""Additive attention scores, e = w·tanh(key + query), without a tanh for each word and without keeping one.

The plain formula computes tanh for every word, place and channel, (b, k, n, a), and stores it for the backward pass.
But tanh(x) = 1 - 2 / (1 + exp(2x)), and exp(2(key + query)) = exp(2 key)·exp(2 query): with both factors made once per
key and once per query, what is left for each word, place and channel is a product and a reciprocal, s = 1 / (1 + ...),
which lives in a small buffer, a few photos at a time, and is computed again on the way back:

    e = Σ w - 2 Σ w·s        de/dkey = de/dquery = 4 w·(s - s²)
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from captioner.nn.core.shared import Notes

BUFFER = 2**19
"""Elements of s that are alive at a time on a CPU: they stay in its cache."""
LARGEST = 40.0
"""Of a key or a query in the fast form: exp(80) and exp(-80) are still ordinary numbers."""


def additive_scores(
    keys: Float[Tensor, "b n a"],
    queries: Float[Tensor, "b k a"],
    energy: Float[Tensor, " a"],
    factors: Float[Tensor, "b n a"] | None = None,
    notes: Notes | None = None,
) -> Float[Tensor, "b k n"]:
    """The score of each place of photo b for each of its k queries, in the type of the keys.

    Args:
        keys: of the places.
        queries: of the words.
        energy: w.
        factors: of the keys, from `factors_of`, where they are made once for many words.
        notes: of the keys' gradient, where it is made once for many words.
    """
    queries, energy = queries.to(keys.dtype), energy.to(keys.dtype)  # autocast does not look into a custom function
    factors = factors_of(keys) if factors is None else factors
    if factors is None or _extreme(queries):
        return plain_scores(keys, queries, energy)
    return _AdditiveScores.apply(keys, queries, energy, factors, notes)


@torch.no_grad()
def factors_of(keys: Float[Tensor, "b n a"]) -> Float[Tensor, "b n a"] | None:
    """exp(2 key), in float32 or wider; None where the plain formula is to be used. Gradients pass the keys instead."""
    if keys.device.type != "cpu" or torch.compiler.is_compiling() or _extreme(keys):
        return None
    return _factor(keys)


def plain_scores(
    keys: Float[Tensor, "b n a"], queries: Float[Tensor, "b k a"], energy: Float[Tensor, " a"]
) -> Float[Tensor, "b k n"]:
    """The formula as it is written; what the fast one must equal."""
    compared = torch.tanh(keys[:, None] + queries[:, :, None])
    # onnxruntime multiplies a matrix and a vector five times slower than number by number
    return (compared * energy).sum(dim=3) if torch.compiler.is_exporting() else compared @ energy


def _extreme(values: Tensor) -> bool:
    low, high = torch.aminmax(values.detach())
    return not (low >= -LARGEST and high <= LARGEST)


class _AdditiveScores(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, keys: Tensor, queries: Tensor, energy: Tensor, factors_of_keys: Tensor, notes: Notes | None
    ) -> Tensor:
        ctx.notes = notes
        ctx.save_for_backward(keys, queries, energy, factors_of_keys)
        factors, energy = (factors_of_keys, _factor(queries)), _wide(energy)
        scores = energy.new_empty(*queries.shape[:2], keys.shape[1])
        for part, buffer in _parts(*factors):
            torch.mv(_s(*factors, part, buffer), energy, out=scores[part].view(-1))
        return scores.mul_(-2).add_(energy.sum()).to(keys.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_scores: Tensor) -> tuple[Tensor | None, Tensor, Tensor, None, None]:
        keys, queries, energy, factors_of_keys = ctx.saved_tensors
        factors, d_scores, four = (factors_of_keys, _factor(queries)), _wide(d_scores), 4 * _wide(energy)
        d_keys = torch.zeros_like(factors_of_keys) if ctx.notes is None else ctx.notes.sum(factors_of_keys)
        d_queries = torch.empty_like(factors[1])
        s_sums = torch.zeros_like(four)
        for part, buffer in _parts(*factors):
            s, d = _s(*factors, part, buffer), d_scores[part].reshape(-1)
            s_sums.addmv_(s.t(), d)
            slope = s.addcmul_(s, s, value=-1).mul_(d[:, None])  # (s - s²)·d, in the buffer
            slope = slope.view(-1, queries.shape[1], *keys.shape[1:])
            d_keys[part].addcmul_(slope.sum(dim=1), four)
            torch.sum(slope, dim=2, out=d_queries[part])
        d_energy = d_scores.sum() - 2 * s_sums
        d_queries = d_queries.mul_(four).to(keys.dtype)
        return d_keys.to(keys.dtype) if ctx.notes is None else None, d_queries, d_energy.to(keys.dtype), None, None


def _wide(values: Tensor) -> Tensor:
    """At least float32: sums of many half-precision numbers would lose them."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _factor(values: Tensor) -> Tensor:
    return (2 * _wide(values)).exp_()


def _parts(keys: Tensor, queries: Tensor) -> "list[tuple[slice, Tensor]]":
    """Runs of photos whose s fits the buffer, each with its share of the one buffer, (photos, k, n, a)."""
    (photos, places, width), beams = keys.shape, queries.shape[1]
    count = min(photos, max(1, BUFFER // (beams * places * width)))
    buffer = keys.new_empty(count, beams, places, width)
    starts = range(0, photos, count)
    return [(slice(start, min(start + count, photos)), buffer[: min(count, photos - start)]) for start in starts]


def _s(keys: Tensor, queries: Tensor, part: slice, buffer: Tensor) -> Tensor:
    """Fills the buffer with 1 / (1 + exp(2 key)·exp(2 query)), of the factors, and gives it as (photos·k·n, a)."""
    one = keys.new_ones(keys.shape[2])  # a row, for over a single number no instruction takes many at a time
    torch.addcmul(one, keys[part, None], queries[part, :, None], out=buffer)
    return buffer.reciprocal_().view(-1, buffer.shape[-1])
