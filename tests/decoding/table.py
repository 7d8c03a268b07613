"""A tiny stand-in for a network: every photo has a table of logits for the next word, given the last two words."""

from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

PAD, START, END, UNKNOWN = 0, 1, 2, 3
NEVER = (PAD, START, UNKNOWN)


class Special(TypedDict):
    """The arguments of a search that name words."""

    start: int
    end: int
    never: tuple[int, ...]


SPECIAL: Special = {"start": START, "end": END, "never": NEVER}


class TableState(NamedTuple):
    """The word before the last of each row."""

    before: Int[Tensor, " r"]


class TableResult(NamedTuple):
    """Its own type, as a network's would be: only the fields count."""

    logits: Float[Tensor, "r v"]
    state: TableState
    p: Float[Tensor, "r 3"]
    gates: Float[Tensor, "r 1"]


@dataclass(frozen=True)
class Table:
    """A stepper whose attention tells where it was taken from: (photo's name, last word, the word before)."""

    logits: Float[Tensor, "b v v v"]
    names: Int[Tensor, " b"]

    @property
    def photos(self) -> int:
        return len(self.logits)

    @property
    def device(self) -> torch.device:
        return self.logits.device

    def begin(self) -> TableState:
        return TableState(torch.full((self.photos,), PAD))

    def step(self, words: Int[Tensor, " r"], state: TableState) -> TableResult:
        assert len(words) % self.photos == 0
        assert words.shape == state.before.shape
        photo = torch.arange(self.photos).repeat_interleave(len(words) // self.photos)
        p = torch.stack([self.names[photo], words, state.before], dim=1).to(self.logits.dtype)
        return TableResult(self.logits[photo, state.before, words], TableState(words), p, p[:, 1:2] / 2)

    def select(self, state: TableState, rows: Int[Tensor, " r"]) -> TableState:
        return TableState(state.before[rows])

    def keep(self, photos: Int[Tensor, " b"]) -> "Table":
        return Table(self.logits[photos], self.names[photos])


def random_table(photos: int, vocabulary: int, *, seed: int = 0, spread: float = 2.0, end: float = 0.0) -> Table:
    """Random logits; `end` is added to those of the end."""
    generator = torch.Generator().manual_seed(seed)
    logits = spread * torch.randn(photos, vocabulary, vocabulary, vocabulary, generator=generator)
    logits[..., END] += end
    return Table(logits, torch.arange(photos))


def attention_tells(p: np.ndarray, words: tuple[int, ...], photo: int) -> bool:
    """Whether each row of attention is the one with which its word was chosen."""
    before = (PAD, START, *words)
    return p.tolist() == [[photo, before[t + 1], before[t]] for t in range(len(words))]
