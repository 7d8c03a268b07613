"""What stands behind a `Captioner`: whatever looks at photos and says words, by torch or by onnxruntime."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from captioner.decoding import steps
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Stepper
from captioner.images import ImageSpec
from captioner.inference.engines.stopping import Stop, never
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

    @property
    def shares(self) -> np.ndarray:
        """The part of each word that evidence brought, (t); empty without evidence."""

    @property
    def classes(self) -> np.ndarray:
        """What the encoder's classifier says of the photo, (c); empty without evidence."""


class Sight(NamedTuple):
    """What the classifiers of the networks that speak say of photos."""

    scores: Sequence[np.ndarray]
    """Of each network with evidence: that of each word, (b, v)."""
    classes: np.ndarray
    """The probability of each class by the first of them, (b, c); c is 0 where there is none."""


class Found(NamedTuple):
    """A caption that a search found, with the evidence of its words."""

    words: tuple[int, ...]
    log_probability: float
    score: float
    p: np.ndarray
    shares: np.ndarray
    """Of each word, (t); empty without evidence."""
    classes: np.ndarray
    """Of the photo, (c)."""


class Reading(NamedTuple):
    """What a model made of a caption that it was given."""

    log_probability: float
    """Of the words and the end, in nats."""
    p: np.ndarray
    """Attention of each word, (t, n)."""
    shares: np.ndarray
    """The part of each word that evidence brought, (t); empty without evidence."""
    classes: np.ndarray
    """What the encoder's classifier says of the photo, (c); empty without evidence."""


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


@dataclass(frozen=True, eq=False)
class Sentences:
    """Source sentences for a translator, with the photos beside them.

    Attributes:
        ids: (b,n), int64, the end behind each, shorter ones padded.
        pixels: of the p photos that there are, (p,3,y,x); p is 0 where no sentence has one, and of a translator that
            sees none.
        photos: which of them each sentence has, (b), int64; -1 where it has none.
    """

    ids: np.ndarray
    pixels: np.ndarray
    photos: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


Seen = np.ndarray | Sentences
"""What a model is shown: pixels, or to a translator sentences."""


class Engine(Protocol):
    """Numbers in, numbers out. Pixels are (b,3,y,x), float32, as `captioner.images.pixels` gives them."""

    def search(
        self, seen: Seen, decoding: Decoding, *, first: int, stop: Stop = never
    ) -> Sequence[Sequence[Hypothesis]]:
        """The captions of each photo, best first; `first` is the first photo's position in the whole run.

        A translator is shown sentences instead, and says each in another language.

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

    def read(
        self, pixels: np.ndarray, captions: Sequence[Sequence[Sequence[int]]], *, start: int
    ) -> list[list[Reading]]:
        """Follows each photo's captions, ids without start and end; `start` is the one before the first."""

    def answer(
        self, pixels: np.ndarray, questions: Sequence[Sequence[Sequence[int]]], *, top: int
    ) -> Sequence[Sequence[Verdict]]:
        """Answers each photo's questions, ids without the start word."""

    def write(self, read: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """Samples the tokens that follow those read, the start word first; for a language model."""


def told(found: Sequence[Sequence[steps.Hypothesis]], sight: Sight) -> list[list[Found]]:
    """The captions of each photo with the evidence of their words."""
    return [
        [
            Found(
                *(one.words, one.log_probability, one.score, one.p),
                shares(one.words, one.gates, [scores[photo] for scores in sight.scores]),
                sight.classes[photo],
            )
            for one in captions
        ]
        for photo, captions in enumerate(found)
    ]


def shares(words: Sequence[int], gates: np.ndarray, scores: Sequence[np.ndarray]) -> np.ndarray:
    """The part of each word's odds that evidence brought, (t), the mean over networks; empty without evidence.

    Args:
        words: t ids.
        gates: how far each network was open to evidence, (t, x).
        scores: the evidence of each word for each network, (v).
    """
    if not scores:
        return np.zeros(0, np.float32)
    each = np.stack([score[list(words)] for score in scores], axis=1)  # (t, x)
    return (1 - np.exp(-np.asarray(gates) * each.clip(min=0))).mean(axis=1)
