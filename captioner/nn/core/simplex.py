"""From scores to weights that sum to 1: softmax, and the sparse ones, which give most places no weight at all.

All three are argmax_p p·s + Ω(p) over the simplex, with entropies Ω from Shannon's (softmax) over Tsallis' with α = 1.5
(entmax; Peters et al. 2019, arXiv:1905.05702) to Gini's (sparsemax; Martins & Astudillo 2016, arXiv:1602.02068):

    sparsemax  p = max(s − τ, 0)           dp = dg − mean of dg over the support
    entmax     p = max(s/2 − τ, 0)²        dp = r (dg − Σ r dg / Σ r) with r = √p

with the one τ for which p sums to 1, found from the sorted scores.
"""

from collections.abc import Callable
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

NormaliserName = Literal["softmax", "sparsemax", "entmax"]
Scores = Float[Tensor, "*rows n"]
Transform = Callable[[Tensor], Tensor]


def sparsemax_of(scores: Scores) -> Scores:
    """The weights, by the formula as it is written."""
    scores = scores - scores.amax(dim=-1, keepdim=True)  # large ones would lose the 1 that is shared out
    ordered, count = scores.sort(dim=-1, descending=True).values, _counting(scores)
    total = ordered.cumsum(dim=-1) - 1
    support = (count * ordered > total).sum(dim=-1, keepdim=True)
    tau = total.gather(-1, support - 1) / support
    return (scores - tau).clamp(min=0)


def entmax_of(scores: Scores) -> Scores:
    """The weights with α = 1.5, by the formula as it is written."""
    scores = (scores - scores.amax(dim=-1, keepdim=True)) / 2
    ordered, count = scores.sort(dim=-1, descending=True).values, _counting(scores)
    mean = ordered.cumsum(dim=-1) / count
    spread = (ordered.square().cumsum(dim=-1) / count - mean.square()) * count
    taus = mean - ((1 - spread) / count).clamp(min=0).sqrt()
    support = (taus <= ordered).sum(dim=-1, keepdim=True)
    return (scores - taus.gather(-1, support - 1)).clamp(min=0).square()


class _Sparse(torch.autograd.Function):
    """Weights whose gradient needs nothing but themselves."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, weights_of: Transform, slope_of: Transform) -> Tensor:
        p = weights_of(scores)
        ctx.slope_of = slope_of
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (p,) = ctx.saved_tensors
        return _centred(gradient, ctx.slope_of(p)), None, None


def _centred(gradient: Tensor, slope: Tensor) -> Tensor:
    """slope ⊙ (gradient − its mean, weighted by the slope)."""
    mean = (gradient * slope).sum(dim=-1, keepdim=True) / slope.sum(dim=-1, keepdim=True)
    return (gradient - mean) * slope


def _counting(scores: Tensor) -> Tensor:
    return torch.arange(1, scores.shape[-1] + 1, device=scores.device, dtype=scores.dtype)


def _support(p: Tensor) -> Tensor:
    return (p > 0).to(p.dtype)


SPARSE: dict[NormaliserName, tuple[Transform, Transform]] = {
    "sparsemax": (sparsemax_of, _support),
    "entmax": (entmax_of, torch.sqrt),
}
"""Each with the slope r of its gradient, as a function of the weights."""
NORMALISERS: tuple[NormaliserName, ...] = ("softmax", *SPARSE)


def normalise(scores: Scores, kind: NormaliserName) -> Scores:
    """Weights from 0 to 1 that sum to 1 along the last axis, at least in float32."""
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    if kind == "softmax":
        return wide.softmax(dim=-1)
    weights_of, slope_of = SPARSE[kind]
    return weights_of(wide) if torch.compiler.is_compiling() else _Sparse.apply(wide, weights_of, slope_of)
