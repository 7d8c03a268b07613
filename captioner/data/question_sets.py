"""Photos with numbered questions, one item a photo, so that a photo is looked at once for all its questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset

from captioner.data.datasets import PhotoSource
from captioner.data.questions import Question
from captioner.text.vocabulary import Vocabulary

Targets = Mapping[int, float]


class AskedPhoto(NamedTuple):
    """A photo and the places of its questions in the list that they come from."""

    path: Path
    questions: tuple[int, ...]


def by_photo(questions: Sequence[Question]) -> list[AskedPhoto]:
    """Puts the questions about one photo together; photos stand in the order of their first question."""
    found: dict[Path, list[int]] = {}
    for place, question in enumerate(questions):
        found.setdefault(question.path, []).append(place)
    return [AskedPhoto(path, tuple(places)) for path, places in found.items()]


@dataclass(frozen=True)
class NumberedQuestion:
    """One question: its place in the list, the start word and its words, and the weights of right answers."""

    place: int
    words: list[int]
    targets: Targets


@dataclass(frozen=True)
class AskedItem:
    """One photo: its place in the data set, what the network sees of it, and its questions."""

    index: int
    seen: Float[Tensor, "c ..."]
    questions: list[NumberedQuestion]


class QuestionDataset(Dataset[AskedItem]):
    """Photos with their questions, numbered.

    Args:
        questions: the records.
        source: what the network sees of photo i of `photos`.
        vocabulary: numbers the words; a question without words is the start word alone.
        targets: of each question, the weights that its annotators give to the classifier's outputs; None to ask only.
        longest: words after which a question is cut.
        slots: questions drawn of each photo that has more; None takes all.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        source: PhotoSource,
        vocabulary: Vocabulary,
        targets: Sequence[Targets] | None = None,
        *,
        longest: int = 30,
        slots: int | None = None,
    ) -> None:
        self.questions, self.source, self.vocabulary, self.targets = questions, source, vocabulary, targets
        self.photos = by_photo(questions)
        self.longest, self.slots = longest, slots

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> AskedItem:
        places = self.photos[index].questions
        if self.slots is not None and len(places) > self.slots:
            places = tuple(places[i] for i in torch.randperm(len(places))[: self.slots].tolist())
        return AskedItem(index, self.source[index], [self._numbered(place) for place in places])

    def _numbered(self, place: int) -> NumberedQuestion:
        words = self.vocabulary.encode(self.questions[place].text)[: self.longest]
        targets = self.targets[place] if self.targets is not None else {}
        return NumberedQuestion(place, [self.vocabulary.start, *words], targets)
