"""Word loss and its gradient in one go, a few words at a time, without a float32 copy of all logits.

A batch has thousands of words, and each of them a logit for every word of the vocabulary. torch's cross-entropy goes
over all of them again and again: a copy in float32, the log-softmax, its gradient, and that in the type of the logits.
Here softmax, loss and gradient of a part are made while the part lies in the processor's cache (as Liger does it on
GPUs: Hsu et al. 2024, arXiv:2410.10989).
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from captioner.nn.heads.losses import word_loss

PART = 2**18
"""Logits that are worked on at a time."""


class WordLosses(NamedTuple):
    """Both in nats per word."""

    smoothed: Float[Tensor, ""]
    """What is learned from: `word_loss` with smoothing."""
    exact: Float[Tensor, ""]
    """`word_loss` without smoothing, and without a gradient."""


def word_losses(logits: Float[Tensor, "w v"], targets: Int[Tensor, " w"], *, smoothing: float = 0.0) -> WordLosses:
    """Mean cross-entropy of words with and without smoothing, computed in float32 or wider."""
    if logits.device.type != "cpu" or torch.compiler.is_compiling():
        smoothed = word_loss(logits, targets, smoothing=smoothing)
        exact = smoothed if smoothing == 0 else word_loss(logits.detach(), targets)
        return WordLosses(smoothed, exact.detach())
    if not torch.is_grad_enabled():  # a gradient that nobody asks for takes as long as the losses
        logits = logits.detach()
    return WordLosses(*_WordLosses.apply(logits, targets, smoothing))


class _WordLosses(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
        words, vocabulary = logits.shape
        slope = torch.empty_like(logits) if ctx.needs_input_grad[0] else None
        exact = even = logits.new_zeros((), dtype=torch.promote_types(logits.dtype, torch.float32))
        rows = max(1, PART // vocabulary)
        for start in range(0, words, rows):
            part = slice(start, start + rows)
            x, at = logits[part].to(exact.dtype), targets[part, None]
            x = x - x.amax(dim=1, keepdim=True)
            told, mean = x.gather(1, at).sum(), x.sum() / vocabulary if smoothing else 0.0
            total = x.exp_().sum(dim=1, keepdim=True)
            norms = total.log().sum()
            exact, even = exact + norms - told, even + norms - mean
            if slope is not None:  # of -Σ share·log p: p less the shares
                p = x.div_(total.mul_(words))
                p.scatter_add_(1, at, p.new_full((), (smoothing - 1) / words).expand(at.shape))
                slope[part] = p.sub_(smoothing / words / vocabulary) if smoothing else p
        ctx.save_for_backward(slope)
        exact, even = exact / words, even / words
        smoothed = (1 - smoothing) * exact + smoothing * even if smoothing else exact.clone()
        ctx.mark_non_differentiable(exact)
        return smoothed, exact

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_smoothed: Tensor, d_exact: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return slope if d_smoothed == 1 else slope * d_smoothed.to(slope.dtype), None, None
