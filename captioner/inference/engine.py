"""What stands behind a `Captioner`: whatever looks at photos and says words, by torch or by onnxruntime."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Stepper
from captioner.images import ImageSpec
from captioner.inference.stopping import Stop, never
from captioner.models.doubt import Doubts
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary

Kept = dict[str, np.ndarray]
"""All that is needed of b photos, by name, each (b, ...) and float32: what an index keeps of them."""


class Model(Protocol):
    """A trained model on disk, opened: a bundle, or what was exported from one."""

    @property
    def heads(self) -> list[str]:
        """What it was trained to do."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The words."""

    @property
    def answers(self) -> AnswerList | None:
        """The answers; None without that head."""

    @property
    def image(self) -> ImageSpec:
        """The transform of its photos."""

    @property
    def doubts(self) -> Doubts:
        """How often it is right, by head, where that was measured."""

    @property
    def about(self) -> dict[str, Any]:
        """How it was made."""


class Hypothesis(Protocol):
    """A caption that a search found; see `captioner.decoding.steps`."""

    @property
    def words(self) -> Sequence[int]:
        """Ids, without start and end."""

    @property
    def log_probability(self) -> float:
        """In nats."""

    @property
    def score(self) -> float:
        """What the search ranks by."""

    @property
    def p(self) -> Any:
        """Attention, (t, n): whatever numpy makes an array of."""


class Reading(NamedTuple):
    """What a model made of a caption that it was given."""

    log_probability: float
    """Of the words and the end, in nats."""
    p: np.ndarray
    """Attention of each word, (t, n)."""


class Verdict(NamedTuple):
    """What a model made of a question."""

    probabilities: Sequence[float]
    """Of the likeliest answers, best first."""
    places: Sequence[int]
    """Of these answers in the answer list."""
    attention: np.ndarray
    """Of each word of the question, (t, n)."""
    glimpses: np.ndarray
    """Of each look after the question, (g, n)."""


class Engine(Protocol):
    """Numbers in, numbers out. Pixels are (b,3,y,x), float32, as `captioner.images.pixels` gives them."""

    def search(
        self, pixels: np.ndarray, decoding: Decoding, *, first: int, stop: Stop = never
    ) -> Sequence[Sequence[Hypothesis]]:
        """The captions of each photo, best first; `first` is the first photo's position in the whole run.

        Raises:
            Stopped: `stop`, which is asked before each word, said so.
        """

    def weights(self) -> Iterator[bytes | memoryview]:
        """All that its numbers depend on, piece by piece, for a digest."""

    def memory(self, pixels: np.ndarray) -> Kept:
        """All that is needed of photos to caption them, or to judge sentences about them."""

    def recall(self, kept: Kept) -> Stepper[Any]:
        """What a search, or whoever gives it sentences, asks word by word about photos that were kept.

        Half precision is taken too.
        """

    def fast(self) -> AbstractContextManager[Any]:
        """Within it, numbers are of the type that the device multiplies fast, and right to about three digits."""

    def read(self, pixels: np.ndarray, captions: Sequence[Sequence[Sequence[int]]]) -> list[list[Reading]]:
        """Follows each photo's captions, ids without start and end."""

    def answer(
        self, pixels: np.ndarray, questions: Sequence[Sequence[Sequence[int]]], *, top: int
    ) -> Sequence[Sequence[Verdict]]:
        """Answers each photo's questions, ids without the start word."""

    def write(self, read: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """Samples the tokens that follow those read, the start word first; for a language model."""
