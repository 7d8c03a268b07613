"""What a search said, step by step, with backpointers; captions and their attention are read from it at the end."""

from collections.abc import Sequence
from math import inf, isnan
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis


class Said(NamedTuple):
    """The captions followed after one step: for all photos, those that have left included.

    Attributes:
        word: last word of each caption, (b, k).
        parent: the caption of the step before that it continues, (b, k).
        p: attention of the step's rows, (r, n), each of a caption of the step before.
        row: where each photo's rows begin, (b).
    """

    word: Int[Tensor, "b k"]
    parent: Int[Tensor, "b k"]
    p: Float[Tensor, "r n"]
    row: Int[Tensor, " b"]


class Found(NamedTuple):
    """Captions found, in any order, (b, c).

    Attributes:
        log_probability: nats; -inf says that there is none.
        words: how many.
        last: which one it is of the captions followed after that many steps.
        ended: whether the end was reached.
    """

    log_probability: Float[Tensor, "b c"]
    words: Int[Tensor, "b c"]
    last: Int[Tensor, "b c"]
    ended: Bool[Tensor, "b c"]


def read(trace: Sequence[Said], found: Found, settings: Decoding) -> list[list[Hypothesis]]:
    """The n best captions of each photo: those that ended come first, then the score counts.

    Raises:
        ValueError: the network gave something that is not a number.
    """
    ranking = [
        _ranked(photo, list(zip(*captions, strict=True)), settings)
        for photo, captions in enumerate(
            zip(found.log_probability.tolist(), found.words.tolist(), found.ended.tolist(), strict=True)
        )
    ]
    # A photo with fewer captions repeats its last, so that all of them make one table; its copies are not read.
    table = [[row[min(rank, len(row) - 1)].column for rank in range(settings.n_best)] for row in ranking]
    columns = torch.tensor(table, device=found.last.device)
    words, p = _followed_back(trace, found.words.gather(1, columns), found.last.gather(1, columns))
    return [
        [
            Hypothesis(tuple(words[photo][rank][:n]), log_probability, score, p[photo, rank, :n], ended)
            for rank, (_, n, log_probability, score, ended) in enumerate(row)
        ]
        for photo, row in enumerate(ranking)
    ]


class Ranked(NamedTuple):
    """One of the captions in `Found`, on the host."""

    column: int
    words: int
    log_probability: float
    score: float
    ended: bool


def _ranked(photo: int, captions: list[tuple[float, int, bool]], settings: Decoding) -> list[Ranked]:
    if any(isnan(log_probability) for log_probability, _, _ in captions):
        raise ValueError(f"the logits for photo {photo} of the batch are not numbers (NaN); did the training diverge?")
    ranked = [
        Ranked(column, words, log_p, log_p / max(1, words + ended) ** settings.length_exponent, ended)
        for column, (log_p, words, ended) in enumerate(captions)
        if log_p > -inf
    ]
    return sorted(ranked, key=lambda caption: (caption.ended, caption.score), reverse=True)[: settings.n_best]


def _followed_back(
    trace: Sequence[Said], words: Int[Tensor, "b c"], last: Int[Tensor, "b c"]
) -> tuple[list[list[list[int]]], Float[Tensor, "b c t n"]]:
    """Ids and attention of captions with so many words, (b, c, t) and (b, c, t, n); meaningless after the last."""
    ids, p = [], []
    for step in range(len(trace) - 1, -1, -1):
        said = trace[step]
        here = step < words
        parent = said.parent.gather(1, last)
        ids.append(said.word.gather(1, last))
        p.append(said.p[torch.where(here, said.row[:, None] + parent, 0)])
        last = torch.where(here, parent, last)
    return torch.stack(ids[::-1], dim=2).tolist(), torch.stack(p[::-1], dim=2).float().cpu()
