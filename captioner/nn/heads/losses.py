"""Losses on logits: words with label smoothing, the doubly stochastic attention regulariser, answers."""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

AnswerLoss = Literal["cross_entropy", "binary"]


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


def self_critical_loss(
    logits: Float[Tensor, "w v"], targets: Int[Tensor, " w"], rows: Int[Tensor, " w"], rewards: Float[Tensor, "b k"]
) -> Float[Tensor, ""]:
    """Minus the surrogate of the expected reward, from k captions of each of b photos drawn from the network.

    With r of a caption, b the mean of the other k - 1 rewards of its photo (Luo 2020, arXiv:2003.09971), and the
    captions' words w_1 to w_t, the end included,

        loss = -1 / (b k) Σ_captions (r - b) Σ_t log p(w_t | w_1 … w_{t-1}).

    It is a mean over captions and a sum over their words, so its gradient is an unbiased estimate of that of minus the
    expected reward of a caption (Williams 1992).

    Args:
        logits: of the distribution that the words were drawn from; -inf for what is never said.
        targets: the words drawn.
        rows: the caption of each word, photo-major.
        rewards: of the captions; there is no gradient through them.
    """
    count = rewards.shape[1]
    others = (rewards.sum(dim=1, keepdim=True) - rewards) / (count - 1)
    surprise = nn.functional.cross_entropy(logits, targets, reduction="none")
    return ((rewards - others).flatten()[rows] * surprise).sum() / rewards.numel()


def looking_loss(p: Float[Tensor, "w n"], words: Int[Tensor, " m"], cover: Float[Tensor, "m n"]) -> Float[Tensor, ""]:
    """How far words look away from what they name: mean over these words of -log Σᵢ pᵢ coverᵢ, in nats.

    Attention is taught as in Liu et al. 2017 (arXiv:1605.09553), but any place within the thing is as good as another;
    docs/attention.md compares this with their loss, which wants all of it alike.

    Args:
        p: of the words that exist.
        words: those of them that name something with a place.
        cover: how much of each place of the grid that covers, from 0 to 1.

    Returns:
        0 where no word names anything.
    """
    inside = (p[words].float() * cover).sum(dim=1)
    return -inside.clamp(min=1e-6).log().sum() / max(1, len(words))


def answer_loss(
    logits: Float[Tensor, "r c"], targets: Float[Tensor, "r c"], *, kind: AnswerLoss, smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """How far answers are from their soft targets, mean over questions, in nats.

    - `cross_entropy`: to the targets as shares that sum to 1; questions whose targets are all 0 do not count.
    - `binary`: each answer right or wrong for itself, summed over answers (Teney et al. 2018, arXiv:1708.02711).

    Args:
        targets: in 0..1; see `captioner.text.answer_list`.
        smoothing: the share of each target that is spread evenly (cross-entropy), or moved to 1/2 (binary).
    """
    if kind == "binary":
        targets = targets * (1 - smoothing) + smoothing / 2
        each = nn.functional.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none")
        return each.sum(dim=1).mean()
    total = targets.sum(dim=1, keepdim=True)
    shares = targets / total.clamp(min=1e-6) * (1 - smoothing) + smoothing / targets.shape[1]
    each = -(shares * logits.float().log_softmax(dim=1)).sum(dim=1) * (total[:, 0] > 0)
    return each.sum() / (total > 0).sum().clamp(min=1)


def answer_probabilities(logits: Float[Tensor, "r c"], *, kind: AnswerLoss) -> Float[Tensor, "r c"]:
    """How probable each answer is: one against all others (`cross_entropy`), or each for itself (`binary`)."""
    return logits.float().softmax(dim=1) if kind == "cross_entropy" else logits.float().sigmoid()
