"""What a search needs of a network, and what it gives back. Nothing here knows what a network is."""

from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from captioner.decoding.arrays import Array

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class Step(Protocol[S_co]):
    """What one step gives; networks bring their own result type."""

    @property
    def logits(self) -> Array:
        """Of the next word, (r, v), any floating type."""

    @property
    def state(self) -> S_co:
        """After the words given to this step, r rows."""

    @property
    def p(self) -> Array:
        """The attention with which it was chosen, (r, n), n 0 without attention; kept, so never written into again."""

    @property
    def gates(self) -> Array:
        """How far the next word is open to evidence, (r, x), x 0 without evidence; kept likewise."""


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
    def device(self) -> Any:
        """Torch's device, where words are expected and logits come from; None where both are numpy's."""

    def begin(self) -> S:
        """The state before the first word, one row per photo."""

    def step(self, words: Array, state: S) -> Step[S]:
        """Says the words, (r), and looks at what may follow."""

    def select(self, state: S, rows: Array) -> S:
        """The given rows of a state, (r), in that order; a row may come several times or never."""

    def keep(self, photos: Array) -> "Stepper[S]":
        """A stepper for these photos only, (b), in that order."""


class Hypothesis(NamedTuple):
    """One caption found.

    Attributes:
        words: ids, without start and end.
        log_probability: of the words, and of the end if it was reached, in nats, as the network gives it: without
            temperature, and not renormalised for what is never said.
        score: log_probability / length ** length_exponent; length counts the words, and the end if it was reached.
        p: attention, one row a word, (t, n), float32.
        ended: the end was reached; otherwise the caption was cut.
        gates: how far each word was open to evidence, (t, x), float32.
    """

    words: tuple[int, ...]
    log_probability: float
    score: float
    p: np.ndarray[Any, Any]
    ended: bool
    gates: np.ndarray[Any, Any]
