"""Scores of answers to a set of questions: VQA accuracy, whole and by kind of question, and WUPS."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

from captioner.scoring.answers.vqa import Normalise, vqa_accuracy
from captioner.scoring.answers.wups import wups as wups_of_one

Id = int | str
NAMED = 5  # ids that an error message spells out


class Asked(Protocol):
    """What scoring knows of a question; `captioner.data.read.questions.Question` is one."""

    @property
    def id(self) -> Id:
        """Names the question; no two have the same."""

    @property
    def answers(self) -> tuple[str, ...]:
        """What the annotators answered, one each."""

    @property
    def question_type(self) -> str:
        """The group of its wording, such as "how many"; empty where none is known."""

    @property
    def answer_type(self) -> str:
        """The group of its answer, such as "number"; empty where none is known."""


@dataclass(frozen=True)
class AnswerScores:
    """How right a model's answers are; every score is a fraction in 0..1.

    Attributes:
        accuracy: the mean VQA accuracy of all questions.
        by_answer_type: the same by answer type, largest group first; questions without one are in none.
        by_question_type: the same by question type.
        wups: threshold: mean WUPS of all questions.
        per_question: question id: its VQA accuracy.
        count: number of questions.
    """

    accuracy: float
    by_answer_type: dict[str, float]
    by_question_type: dict[str, float]
    wups: dict[float, float]
    per_question: dict[Id, float]
    count: int


def score_answers(
    predictions: Mapping[Id, str],
    questions: Iterable[Asked],
    *,
    wups: Sequence[float] = (),
    normalise: Normalise = "official",
) -> AnswerScores:
    """Scores one answer to every question.

    Args:
        predictions: question id: the model's answer.
        questions: the questions with the annotators' answers.
        wups: thresholds at which WUPS is wanted too (`captioner.scoring.answers.wups.THRESHOLDS`); it needs WordNet.
        normalise: see `captioner.scoring.answers.vqa.vqa_accuracy`.

    Raises:
        FileNotFoundError: WUPS is wanted, and nltk does not find WordNet's files.
        ValueError: there are no questions, one occurs twice or has no answers, a prediction is missing, or one belongs
            to none of the questions.
    """
    asked = list(questions)
    _check(predictions, asked)
    accuracy = {one.id: vqa_accuracy(predictions[one.id], one.answers, normalise=normalise) for one in asked}
    return AnswerScores(
        accuracy=fmean(accuracy.values()),
        by_answer_type=_means((one.answer_type, accuracy[one.id]) for one in asked),
        by_question_type=_means((one.question_type, accuracy[one.id]) for one in asked),
        wups={at: fmean(wups_of_one(predictions[one.id], one.answers, at) for one in asked) for at in wups},
        per_question=accuracy,
        count=len(asked),
    )


def _check(predictions: Mapping[Id, str], asked: Sequence[Asked]) -> None:
    if not asked:
        raise ValueError("there are no questions to score")
    ids = Counter(one.id for one in asked)
    faults = {
        "occur more than once among the questions": [name for name, count in ids.items() if count > 1],
        "have no annotators' answers and cannot be scored": [one.id for one in asked if not one.answers],
        "have no prediction": [name for name in ids if name not in predictions],
        "are predicted but are not among the questions": [name for name in predictions if name not in ids],
    }
    for fault, names in faults.items():
        if names:
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            raise ValueError(f"questions {', '.join(map(repr, names[:NAMED]))}{more} {fault}")


def _means(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    groups = defaultdict(list)
    for group, score in scores:
        if group:
            groups[group].append(score)
    return {group: fmean(groups[group]) for group in sorted(groups, key=lambda name: (-len(groups[name]), name))}
