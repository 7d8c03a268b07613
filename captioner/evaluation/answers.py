"""A bundle scored on questions: every question answered once, scored by the same code as any result file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from captioner.data.read.questions import AskedPhoto, Id, Question, by_photo
from captioner.evaluation.result import Result, Section, write_results
from captioner.inference import Captioner, Unreadable
from captioner.scoring.answers.risk import Risk, at_coverage, risk_curve
from captioner.scoring.answers.scores import AnswerScores, score_answers

SHARES = (0.25, 0.5, 0.75, 1.0)  # of the questions, the surest first, whose risk is written
FEW = 16  # types of questions, of which each has a line of its own


@dataclass(frozen=True)
class AnswerEvaluation:
    """What was answered to each question, and how it scores.

    Attributes:
        answers: the likeliest answer by question id.
        scores: fractions in 0..1, of those questions that have answers; None where none has.
        exchanged: the seed with which photos were exchanged among the questions; None where they were not.
        about: what the bundle tells of itself.
        risk: how often the surest answers are wrong, of those that are scored; empty where none is.
    """

    answers: Mapping[Id, str]
    scores: AnswerScores | None
    exchanged: int | None
    about: dict[str, Any]
    risk: Sequence[Risk] = ()


def evaluate_answers(
    model: Captioner,
    questions: Sequence[Question],
    *,
    wups: Sequence[float] = (),
    exchange_seed: int | None = None,
    batch: int = 16,
    out: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AnswerEvaluation:
    """Answers all questions and scores the likeliest answer of each that annotators have answered.

    Args:
        wups: thresholds at which WUPS is wanted too; it needs WordNet.
        exchange_seed: asks every question about another photo, chosen at random: what the words alone tell is still
            answered, so the scores show how much the network looks.
        batch: photos at once.
        out: folder where the answers are written as results.json, in VQA's format, before they are scored.
        progress: told (questions done, questions in all).

    Raises:
        ValueError: a photo cannot be read, or the bundle does not answer.
        FileNotFoundError: WUPS is wanted, and nltk does not find WordNet's files.
    """
    photos = by_photo(questions)
    if exchange_seed is not None:
        photos = exchanged(photos, exchange_seed)
    asked = ((photo.source, [questions[place].text for place in photo.questions]) for photo in photos)
    said: dict[Id, str] = {}
    sure: dict[Id, float] = {}
    for photo, result in zip(photos, model.ask_each(asked, top=1, batch=batch), strict=True):
        if isinstance(result, Unreadable):
            raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
        for place, answers in zip(photo.questions, result.answers, strict=True):
            said[questions[place].id], sure[questions[place].id] = answers.text, answers.probability
        progress(len(said), len(questions))
    said = {question.id: said[question.id] for question in questions}
    if out is not None:
        write_results(out, official(said))
    answered = [question for question in questions if question.answers]
    scores = score_answers({one.id: said[one.id] for one in answered}, answered, wups=wups) if answered else None
    per_question = scores.per_question if scores else {}
    risk = risk_curve([sure[name] for name in per_question], list(per_question.values())) if per_question else []
    return AnswerEvaluation(said, scores, exchange_seed, model.bundle.about, risk)


def exchanged(photos: Sequence[AskedPhoto], seed: int) -> list[AskedPhoto]:
    """Every photo's questions with another photo's picture; which one, depends on the seed.

    Raises:
        ValueError: there is only one photo.
    """
    if len(photos) < 2:
        raise ValueError("photos can be exchanged among questions about two photos or more, and there is only one")
    others = ring(range(len(photos)), seed)
    return [AskedPhoto(photos[others[place]].source, photo.questions) for place, photo in enumerate(photos)]


def ring(places: Iterable[int], seed: int) -> dict[int, int]:
    """Another place for each, by chance: one round through all, so that of two or more none keeps its own."""
    order = list(places)
    Random(seed).shuffle(order)
    return dict(zip(order, order[1:] + order[:1], strict=True))


def answer_result(evaluation: AnswerEvaluation, *, data: Mapping[str, Any]) -> Result:
    """What is written and printed of an evaluation.

    Args:
        data: which questions they were.
    """
    scores, count = evaluation.scores, len(evaluation.answers)
    scored = scores.count if scores else 0
    whole, by_answer, by_question = ({}, {}, {}) if scores is None else _values(scores)
    content = {
        "scores": whole,
        "by_answer_type": by_answer,
        "by_question_type": by_question,
        "data": dict(data),
        "questions": count,
        "scored": scored,
        "photos_exchanged_with_seed": evaluation.exchanged,
        "surest": [at_coverage(evaluation.risk, share)._asdict() for share in SHARES if evaluation.risk],
        "accuracy": "official VQA accuracy, each annotator left out once",
    }
    lines = []
    if unscored := count - scored:
        lines.append(f"not scored: {unscored} of {count} questions have no answers to compare with (--annotations)")
    rows = whole | {f"  {name}": value for name, value in by_answer.items()}
    if len(by_question) <= FEW:
        rows |= {f"  {name}": value for name, value in by_question.items() if f"  {name}" not in rows}
    width = max(map(len, rows), default=0)
    lines += [f"{name:{width}} {100 * value:6.2f}" for name, value in rows.items()]
    return Result(official(evaluation.answers), Section(content, lines), evaluation.about)


def official(answers: Mapping[Id, str]) -> list[dict[str, Any]]:
    """The answers in VQA's results format, which its test server takes."""
    return [{"question_id": name, "answer": answer} for name, answer in answers.items()]


def _values(scores: AnswerScores) -> tuple[dict[str, float], Mapping[str, float], Mapping[str, float]]:
    """Of all questions, and by type of the answer and of the question."""
    wups = {f"wups@{threshold}": value for threshold, value in scores.wups.items()}
    return {"accuracy": scores.accuracy, **wups}, scores.by_answer_type, scores.by_question_type
