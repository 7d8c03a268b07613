"""Where a run's questions lie and how they are trained on: a part of the data module's settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from captioner.data.feed.packs.facts import is_pack
from captioner.data.read.questions import Question, read_questions
from captioner.ranges import COUNT, COUNT_OR_ALL, Range, check_ranges
from captioner.scoring.answers.vqa import as_compared
from captioner.scoring.answers.wups import items
from captioner.text.answer_list import AnswerList, Targets

Split = Literal["train", "val", "test"]


def taught(question: Question, *, lists: bool = False) -> Question:
    """A question to train on, with its answers in the form in which they are compared.

    Args:
        question: as it was read.
        lists: whether an answer that is a list teaches each of its items instead.
    """
    answers = as_compared(question.answers)
    return replace(
        question, answers=tuple(item for answer in answers for item in (items(answer) if lists else [answer]))
    )


@dataclass(frozen=True)
class QuestionFile:
    """The questions of one split; see `captioner.data.read.questions.read_questions`."""

    file: Path
    """Questions as VQA's JSON, DAQUAR's text, JSONL or CSV, or a pack of them."""
    annotations: Path | None = None
    """The answers, where they lie in a file of their own (VQA)."""
    image_names: Path | None = None
    """How numbered photos are named; of DAQUAR's text, the split's list of photos."""


@dataclass(frozen=True)
class QuestionFiles:
    """The questions of all splits, and which answers there are."""

    train: QuestionFile
    """To train on."""
    val: QuestionFile
    """To choose the best epoch by."""
    test: QuestionFile | None = None
    """For `captioner test` only."""
    images: Path | None = None
    """Folder of the photos; by default `images` beside each file, or its folder."""
    answers: int | Path = 1000
    """How many of the most frequent train answers can be given, or a file that lists them, one a line."""
    targets: Targets = "vqa"
    """What an annotator's answer is worth: its `share`, `vqa` min(n / 3, 1), or all to the most frequent `one`."""
    lists: bool = False
    """Whether a train answer that is a list, such as "table, chair", teaches each of its items instead; then no list
    can be given as an answer. Take `share` or `vqa` as targets."""
    batch_size: int = 32
    """Photos a step, each with its questions."""
    per_photo: int | None = None
    """Questions drawn of a photo that has more; None takes all."""
    often: dict[str, float] | None = None
    """How often questions of a type are drawn, by question type, where others are drawn once: what is hard to learn."""
    mirror: tuple[str, str] | None = None
    """The words for two sides, [left, right]: half of the time a train photo is shown as its mirror image, with these
    words exchanged in its questions and answers. None never mirrors."""

    def __post_init__(self) -> None:
        ranges = {"batch_size": COUNT, "per_photo": COUNT_OR_ALL}
        check_ranges(
            vars(self), ranges | ({"answers": COUNT} if isinstance(self.answers, int) else {}), of="questions."
        )
        often = self.often or {}
        check_ranges(often, dict.fromkeys(often, Range(0, above=True)), of="questions.often of ")

    def read(self, split: Split) -> list[Question]:
        """The questions of a split; those to train on in the form in which answers are compared.

        Raises:
            FileNotFoundError: a file does not exist.
            ValueError: the split has no file, one is malformed, or a question has no answers.
        """
        if (given := getattr(self, split)) is None:
            raise ValueError(f"there are no {split} questions: give their file with --data.questions.{split}.file")
        questions = read_questions(given.file, given.annotations, self.images, image_names=given.image_names)
        if silent := [question.id for question in questions if not question.answers]:
            raise ValueError(
                f"{given.file}: question {silent[0]!r} has no answers; give them with"
                f" --data.questions.{split}.annotations, or an answer with each question"
            )
        return [taught(question, lists=self.lists) for question in questions] if split == "train" else questions

    def pack(self, split: Split) -> Path | None:
        """The pack of a split, where its questions are packed."""
        given = getattr(self, split)
        return given.file if given is not None and is_pack(given.file) else None

    def answer_list(self, counts: Callable[[], Mapping[str, int]]) -> AnswerList:
        """The answers that the network can give.

        Args:
            counts: gives how often each was given in the train split.
        """
        if isinstance(self.answers, int):
            return AnswerList.of_counts(counts(), self.answers)
        return AnswerList.load(self.answers)
