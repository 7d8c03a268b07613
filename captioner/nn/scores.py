"""Additive attention scores, e = w·tanh(key + query), without keeping a tensor of all places and channels per word.

The plain formula stores tanh(key + query), (b, k, n, a), for the backward pass of every word. Here it lives only in a
small buffer, a few photos at a time, and is computed again on the way back: a second tanh is cheaper than the memory.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

BUFFER = 2**20
"""Elements of tanh(key + query) that are alive at a time on a CPU: they stay in its cache."""


def additive_scores(
    keys: Float[Tensor, "b n a"], queries: Float[Tensor, "b k a"], energy: Float[Tensor, " a"]
) -> Float[Tensor, "b k n"]:
    """The score of each place of photo b for each of its k queries, in the type of the keys."""
    queries, energy = queries.to(keys.dtype), energy.to(keys.dtype)  # autocast does not look into a custom function
    if keys.device.type != "cpu" or torch.compiler.is_exporting():
        return plain_scores(keys, queries, energy)
    return _AdditiveScores.apply(keys, queries, energy)


def plain_scores(
    keys: Float[Tensor, "b n a"], queries: Float[Tensor, "b k a"], energy: Float[Tensor, " a"]
) -> Float[Tensor, "b k n"]:
    """The formula as it is written; what the buffered one must equal."""
    return torch.tanh(keys[:, None] + queries[:, :, None]) @ energy


class _AdditiveScores(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, keys: Tensor, queries: Tensor, energy: Tensor) -> Tensor:
        ctx.save_for_backward(keys, queries, energy)
        scores = keys.new_empty(*queries.shape[:2], keys.shape[1])
        for part, buffer in _parts(keys, queries):
            torch.mv(_tanh(keys, queries, part, buffer), energy, out=scores[part].view(-1))
        return scores

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keys, queries, energy = ctx.saved_tensors
        d_keys, d_queries, d_energy = torch.empty_like(keys), torch.empty_like(queries), torch.zeros_like(energy)
        for part, buffer in _parts(keys, queries):
            tanh, d = _tanh(keys, queries, part, buffer), d_scores[part].reshape(-1)
            d_energy.addmv_(tanh.t(), d)
            # (1 - tanh²)·w·d, in the buffer
            slope = tanh.square_().neg_().add_(1).mul_(energy).mul_(d[:, None])
            slope = slope.view(-1, queries.shape[1], *keys.shape[1:])
            torch.sum(slope, dim=1, out=d_keys[part])
            torch.sum(slope, dim=2, out=d_queries[part])
        return d_keys, d_queries, d_energy


def _parts(keys: Tensor, queries: Tensor) -> "list[tuple[slice, Tensor]]":
    """Runs of photos whose tanh fits the buffer, each with its share of the one buffer, (photos, k, n, a)."""
    (photos, places, width), beams = keys.shape, queries.shape[1]
    count = min(photos, max(1, BUFFER // (beams * places * width)))
    buffer = keys.new_empty(count, beams, places, width)
    starts = range(0, photos, count)
    return [(slice(start, min(start + count, photos)), buffer[: min(count, photos - start)]) for start in starts]


def _tanh(keys: Tensor, queries: Tensor, part: slice, buffer: Tensor) -> Tensor:
    """Fills the buffer with tanh(key + query) and gives it as (photos·k·n, a)."""
    torch.add(keys[part, None], queries[part, :, None], out=buffer)
    return buffer.tanh_().view(-1, buffer.shape[-1])
