"""Photos with numbered questions, one item a photo, so that a photo is looked at once for all its questions."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset

from captioner.data.feed.datasets import PhotoSource
from captioner.data.read.questions import Question, by_photo
from captioner.text.vocabulary import Vocabulary

Targets = Mapping[int, float]


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
    seen: Float[Tensor, "..."]
    questions: list[NumberedQuestion]


class Asking:
    """Makes the items of photos that are asked about.

    Args:
        vocabulary: numbers the words; a question without words is the start word alone.
        longest: words after which a question is cut.
        slots: questions drawn of each photo that has more; None takes all.
        often: by question type, how likely one is drawn before another; 1 for types that are not named.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        longest: int = 30,
        slots: int | None = None,
        often: Mapping[str, float] | None = None,
    ) -> None:
        self.vocabulary, self.longest, self.slots, self.often = vocabulary, longest, slots, often or {}

    def __call__(
        self, index: int, asked: Sequence[tuple[int, Question, Targets]], seen: Float[Tensor, "..."]
    ) -> AskedItem:
        """The item of a photo.

        Args:
            index: its place in the data set.
            asked: its questions, each with its place in their list and the weights that its annotators give to the
                classifier's outputs.
            seen: what the network sees of it.
        """
        if self.slots is not None and len(asked) > self.slots:
            weights = torch.tensor([float(self.often.get(question.question_type, 1.0)) for _, question, _ in asked])
            asked = [asked[i] for i in torch.multinomial(weights, self.slots).tolist()]
        return AskedItem(index, seen, [self._numbered(*each) for each in asked])

    def _numbered(self, place: int, question: Question, targets: Targets) -> NumberedQuestion:
        words = self.vocabulary.encode(question.text)[: self.longest]
        return NumberedQuestion(place, [self.vocabulary.start, *words], targets)


def check_often(often: Mapping[str, float] | None, types: Collection[str]) -> None:
    """Looks whether questions can be drawn so.

    Raises:
        ValueError: a type is drawn never, or less, or no question has it.
    """
    for kind, weight in (often or {}).items():
        if not 0 < weight < math.inf or kind not in types:
            raise ValueError(
                f"questions.often has {weight:g} for {kind!r}, but weights are above 0, and the types of these"
                f" questions are {', '.join(sorted(types))}"
            )


class QuestionDataset(Dataset[AskedItem]):
    """Photos with their questions, numbered.

    Args:
        questions: the records.
        source: what the network sees of photo i of `photos`.
        items: makes the items.
        targets: of each question, the weights that its annotators give to the classifier's outputs; None to ask only.

    Raises:
        ValueError: as `check_often`.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        source: PhotoSource,
        items: Asking,
        targets: Sequence[Targets] | None = None,
    ) -> None:
        check_often(items.often, {question.question_type for question in questions})
        self.questions, self.source, self.items, self.targets = questions, source, items, targets
        self.photos = by_photo(questions)

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> AskedItem:
        places = self.photos[index].questions
        asked = [(place, self.questions[place], self.targets[place] if self.targets else {}) for place in places]
        return self.items(index, asked, self.source[index])


class MirroredQuestions(Dataset[AskedItem]):
    """Each photo as it is or as its mirror image, at random, with questions that are right about what is shown.

    Args:
        plain: the photos as they are.
        mirrored: their mirror images, with questions and answers from `exchanged`.
    """

    def __init__(self, plain: QuestionDataset, mirrored: QuestionDataset) -> None:
        self.views = plain, mirrored

    @property
    def questions(self) -> Sequence[Question]:
        """Those about the photos as they are."""
        return self.views[0].questions

    def __len__(self) -> int:
        return len(self.views[0])

    def __getitem__(self, index: int) -> AskedItem:
        return self.views[int(torch.randint(2, ()))][index]


def exchanged(question: Question, sides: tuple[str, str]) -> Question:
    """The question about the mirror image: these two words, such as "left" and "right", change places.

    They do so wherever they stand as words, in the question and in its answers, in small letters or capitals.
    """
    one, other = sides
    word = re.compile(rf"\b({re.escape(one)}|{re.escape(other)})\b", re.IGNORECASE)

    def turned(text: str) -> str:
        return word.sub(lambda found: other if found[0].lower() == one.lower() else one, text)

    return replace(question, text=turned(question.text), answers=tuple(map(turned, question.answers)))
