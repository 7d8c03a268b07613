"""What a search needs of a network, and what it gives back. Nothing here knows what a network is."""

from typing import Generic, NamedTuple, Protocol, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class StepResult(NamedTuple, Generic[S]):
    """What one step gives.

    Attributes:
        logits: of the next word, (r, v), any floating type.
        state: after the words given to this step, r rows.
        p: the attention with which the next word was chosen, (r, n); n is 0 without attention. Searches keep it until
            they end, so a stepper must not write into it again.
    """

    logits: Float[Tensor, "r v"]
    state: S
    p: Float[Tensor, "r n"]


class Step(Protocol[S_co]):
    """Anything with the fields of `StepResult`: networks bring their own result type."""

    @property
    def logits(self) -> Float[Tensor, "r v"]:
        """Of the next word."""

    @property
    def state(self) -> S_co:
        """After the words given."""

    @property
    def p(self) -> Float[Tensor, "r n"]:
        """The attention with which the next word was chosen."""


class Stepper(Protocol[S]):
    """A network looking at b photos, asked for one word at a time.

    Rows are photo-major: row = photo * k + beam, with the same k for all photos. k may change from one step to the
    next, so a stepper finds it from rows // photos. What belongs to a photo (grid, keys) stays apart from the state and
    is never repeated per beam.
    """

    @property
    def photos(self) -> int:
        """Number of photos, b."""

    @property
    def device(self) -> torch.device:
        """Where words are expected and logits come from."""

    def begin(self) -> S:
        """The state before the first word, one row per photo."""

    def step(self, words: Int[Tensor, " r"], state: S) -> Step[S]:
        """Says the words and looks at what may follow."""

    def select(self, state: S, rows: Int[Tensor, " r"]) -> S:
        """The given rows of a state, in that order; a row may come several times or never."""

    def keep(self, photos: Int[Tensor, " b"]) -> "Stepper[S]":
        """A stepper for these photos only, in that order."""


class Hypothesis(NamedTuple):
    """One caption found.

    Attributes:
        words: ids, without start and end.
        log_probability: of the words, and of the end if it was reached, in nats, as the network gives it: without
            temperature, and not renormalised for what is never said.
        score: log_probability / length ** length_exponent; length counts the words, and the end if it was reached.
        p: attention, one row a word, (t, n), float32 on the CPU.
        ended: the end was reached; otherwise the caption was cut.
    """

    words: tuple[int, ...]
    log_probability: float
    score: float
    p: Float[Tensor, "t n"]
    ended: bool
