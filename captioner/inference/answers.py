"""What the answers to a question are to its reader."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, Self

import numpy as np

from captioner.inference.engines.engine import Engine, Model, Verdict
from captioner.inference.photos import S
from captioner.models.doubt import Said, in_words


class Answer(NamedTuple):
    """One answer and how probable it is, in 0..1."""

    text: str
    probability: float


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to one question about one photo.

    Attributes:
        question: as it was asked.
        words: its t words, as the network read them; `<unk>` is a word that it does not know.
        unknown: the words of the question that the network does not know.
        best: the likeliest answers, best first.
        attention: weights p over the n places for each word, (t, n); n is 0 for a network without attention.
        glimpses: weights of the g glimpses that were taken after the question, (g, n).
        right: how often such answers were right where it was measured, 0..1; None where it was not.
    """

    question: str
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    best: tuple[Answer, ...]
    attention: np.ndarray
    glimpses: np.ndarray
    right: float | None = None

    @classmethod
    def of_verdict(cls, verdict: Verdict, model: Model, question: str, ids: Sequence[int]) -> Self:
        """What a network made of a question with these ids, in words."""
        assert model.answers is not None
        vocabulary, doubt = model.vocabulary, model.doubts.get("answers")
        found = cls(
            question=question,
            words=tuple(vocabulary.tokens[number] for number in ids),
            unknown=tuple(word for word in vocabulary.cut(question) if word not in vocabulary),
            best=tuple(
                Answer(model.answers.answers[place], probability)
                for place, probability in zip(verdict.places, verdict.probabilities, strict=True)
            ),
            attention=verdict.attention,
            glimpses=verdict.glimpses,
        )
        return found if doubt is None else replace(found, right=doubt.share(found.level))

    @property
    def level(self) -> float:
        """The log-probability of the best answer, in nats."""
        return math.log(max(self.probability, 1e-12))

    @property
    def sure(self) -> float:
        """How sure the best answer is, 0..1: `right` where that was measured, else its probability."""
        return self.probability if self.right is None else self.right

    @property
    def doubt(self) -> Said | None:
        """The same as `right`, in words."""
        return None if self.right is None else in_words(self.right)

    @property
    def steps(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Words and glimpses in their order, by name, with the weights of each (t + g, n); for pictures.

        A network whose core does not attend has glimpses only.
        """
        glimpses = tuple(f"glimpse {number}" for number in range(1, len(self.glimpses) + 1))
        if self.attention.shape[1] == 0:
            return glimpses, self.glimpses
        return (*self.words, *glimpses), np.concatenate([self.attention, self.glimpses])

    @property
    def text(self) -> str:
        """The best answer."""
        return self.best[0].text

    @property
    def probability(self) -> float:
        """Of the best answer."""
        return self.best[0].probability


class Answered(NamedTuple, Generic[S]):
    """A photo with the answers to each of its questions, in their order."""

    source: S
    answers: tuple[Answers, ...]


def answered(
    engine: Engine, model: Model, asked: Sequence[tuple[np.ndarray, Sequence[str]]], *, top: int
) -> Iterator[tuple[Answers, ...]]:
    """The answers to the questions that are asked about each photo's pixels (3,y,x)."""
    numbered = [[model.vocabulary.encode(text) for text in texts] for _, texts in asked]
    verdicts = engine.answer(np.stack([array for array, _ in asked]), numbered, top=top)
    for (_, texts), row, found in zip(asked, numbered, verdicts, strict=True):
        each = zip(found, texts, row, strict=True)
        yield tuple(Answers.of_verdict(verdict, model, text, ids) for verdict, text, ids in each)
