"""Losses on logits: words with label smoothing, and the doubly stochastic attention regulariser."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def word_loss(logits: Float[Tensor, "w v"], targets: Int[Tensor, " w"], *, smoothing: float = 0.0) -> Float[Tensor, ""]:
    """Mean cross-entropy in nats per word; smoothing is the share spread evenly (Szegedy et al. 2016)."""
    return nn.functional.cross_entropy(logits.float(), targets, label_smoothing=smoothing)


def coverage_loss(p: Float[Tensor, "w n"], rows: Int[Tensor, " w"]) -> Float[Tensor, ""]:
    """The doubly stochastic regulariser, mean over captions and places of (1 − Σ_t p_ti)² (Xu et al. 2015, eq. 14).

    Args:
        p: of the words that exist, so that padding cannot count as attention.
        rows: the caption of each word. Captions without words do not count.

    Returns:
        0 where there is no attention (n = 0) or no word.
    """
    words = torch.bincount(rows)
    total = p.new_zeros(len(words), p.shape[1], dtype=torch.float32).index_add(0, rows, p.float())[words > 0]
    return torch.square(1 - total).sum() / max(1, total.numel())
