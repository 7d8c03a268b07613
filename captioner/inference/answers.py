"""What the answers to a question are to its reader, and how a network's opinion becomes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

import numpy as np

from captioner.bundle import Bundle
from captioner.data.batches import padded
from captioner.inference.photos import S
from captioner.nn.attention import Memory
from captioner.nn.losses import answer_probabilities
from captioner.text.tokenize import TOKENIZERS


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
    """

    question: str
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    best: tuple[Answer, ...]
    attention: np.ndarray
    glimpses: np.ndarray

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


def answer(bundle: Bundle, memory: Memory, questions: Sequence[Sequence[str]], *, top: int) -> list[list[Answers]]:
    """Answers all questions about each photo of the memory.

    Args:
        bundle: the model, with an answer head.
        memory: of b photos, on the device of the network.
        questions: of each photo, at least one of them in all; a question without words is read as the start word alone.
        top: answers given to each.
    """
    assert bundle.answers is not None
    vocabulary = bundle.vocabulary
    numbered = [[vocabulary.encode(text) for text in row] for row in questions]
    words, lengths = padded([[[vocabulary.start, *ids] for ids in row] for row in numbered], pad=vocabulary.pad)
    device = memory.grid.device
    said = bundle.network.answer(memory, words.flatten(0, 1).to(device), lengths.flatten().to(device))
    found = answer_probabilities(said.logits, kind=bundle.settings.answers.loss).topk(min(top, len(bundle.answers)))
    answers = iter(zip(found.values.tolist(), found.indices.tolist(), said.p.float().cpu().numpy(), strict=True))
    attention = said.trace.p.float().cpu().numpy()
    rows = said.plan.rows.cpu()
    return [
        [
            _told(bundle, text, ids, attention[(rows == photo * words.shape[1] + slot).numpy()][1:], *next(answers))
            for slot, (text, ids) in enumerate(zip(texts, row, strict=True))
        ]
        for photo, (texts, row) in enumerate(zip(questions, numbered, strict=True))
    ]


def _told(
    bundle: Bundle,
    text: str,
    ids: Sequence[int],
    attention: np.ndarray,
    probabilities: Sequence[float],
    places: Sequence[int],
    glimpses: np.ndarray,
) -> Answers:
    """One question's answers in words; its attention is without the start word's."""
    assert bundle.answers is not None
    vocabulary = bundle.vocabulary
    return Answers(
        question=text,
        words=tuple(vocabulary.tokens[number] for number in ids),
        unknown=tuple(word for word in TOKENIZERS[vocabulary.tokenizer](text) if word not in vocabulary),
        best=tuple(
            Answer(bundle.answers.answers[place], probability)
            for place, probability in zip(places, probabilities, strict=True)
        ),
        attention=attention,
        glimpses=glimpses,
    )
