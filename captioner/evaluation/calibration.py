"""What part of what a model says is right, by how probable the model finds it: points, a rising curve, its error.

The curve is isotonic (Zadrozny & Elkan 2002), over groups of equal size so that it stays smooth and small.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from captioner.data.read.questions import Question, by_photo
from captioner.data.read.records import Photo
from captioner.decoding.settings import Decoding
from captioner.inference import Captioner, Unreadable
from captioner.models.doubt import Doubt
from captioner.scoring.answers.vqa import vqa_accuracy
from captioner.scoring.captions.nouns import learn_nouns, right_nouns
from captioner.text.penn.ptb import ptb

GROUPS = 10
FEWEST = 20  # points; of fewer, a curve tells nothing
Progress = Callable[[int, int], None]


class Point(NamedTuple):
    """One thing that was said.

    Attributes:
        level: its log-probability, see `captioner.models.doubt`.
        right: what part of it is right.
        weight: how much of it there is: nouns of a caption, 1 of an answer.
    """

    level: float
    right: float
    weight: float


class Group(NamedTuple):
    """Things of one expected share: what was expected, what came true, and how many."""

    expected: float
    found: float
    number: int


def caption_points(
    model: Captioner, photos: Sequence[Photo], decoding: Decoding, *, batch: int, progress: Progress
) -> list[Point]:
    """A point for each photo whose caption names something.

    Raises:
        ValueError: a photo cannot be read, or the captions' language has no articles that tell nouns.
    """
    photos = [photo for photo in photos if photo.captions]
    references = [[ptb(caption) for caption in photo.captions] for photo in photos]
    nouns = learn_nouns([words for row in references for words in row])
    points = []
    said = model.caption_each((photo.source for photo in photos), decoding, batch=batch)
    for done, (result, row) in enumerate(zip(said, references, strict=True), 1):
        if isinstance(result, Unreadable):
            raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
        right, named = right_nouns(ptb(result.text), row, nouns)
        if named:
            points.append(Point(result.captions[0].log_probability_per_word, right / named, named))
        progress(done, len(photos))
    return points


def answer_points(model: Captioner, questions: Sequence[Question], *, batch: int, progress: Progress) -> list[Point]:
    """A point for each question that has answers.

    Raises:
        ValueError: a photo cannot be read.
    """
    questions = [question for question in questions if question.answers]
    photos = by_photo(questions)
    asked = ((photo.source, [questions[place].text for place in photo.questions]) for photo in photos)
    points: list[Point] = []
    for photo, result in zip(photos, model.ask_each(asked, top=1, batch=batch), strict=True):
        if isinstance(result, Unreadable):
            raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
        for place, answers in zip(photo.questions, result.answers, strict=True):
            right = vqa_accuracy(answers.text, questions[place].answers)
            points.append(Point(answers.level, right, 1))
        progress(len(points), len(questions))
    return points


def fit(points: Sequence[Point], *, source: str) -> Doubt:
    """The curve that rises where the points do.

    Raises:
        ValueError: there are too few points.
    """
    if len(points) < FEWEST:
        raise ValueError(f"{len(points)} captions or answers can be compared; a calibration needs {FEWEST} or more")
    levels, rights, weights = np.array(sorted(points)).T
    joined: list[list[float]] = []  # weight, level and share of neighbouring groups; joined while they fall
    for places in np.array_split(np.arange(len(levels)), min(GROUPS, len(levels) // 2)):
        weight = weights[places].sum()
        joined.append([weight, *(np.average(each[places], weights=weights[places]) for each in (levels, rights))])
        while len(joined) > 1 and (joined[-2][2] >= joined[-1][2] or joined[-2][1] >= joined[-1][1]):
            (other, *second), (one, *first) = joined.pop(), joined.pop()
            means = ((one * a + other * b) / (one + other) for a, b in zip(first, second, strict=True))
            joined.append([one + other, *means])
    _, middles, shares = np.array(joined).T
    return Doubt(tuple(middles.tolist()), tuple(shares.clip(0, 1).tolist()), len(points), source)


def reliability(doubt: Doubt, points: Sequence[Point]) -> tuple[list[Group], float]:
    """Expected beside found, by groups of what was expected, and the mean distance of the two, weighted (ECE)."""
    levels, rights, weights = np.array(points).T
    expected = np.array([doubt.share(level) for level in levels])
    groups, error = [], 0.0
    for places in np.array_split(np.argsort(expected, kind="stable"), min(GROUPS, len(points))):
        mean, found = (float(np.average(each[places], weights=weights[places])) for each in (expected, rights))
        groups.append(Group(mean, found, len(places)))
        error += abs(mean - found) * float(weights[places].sum() / weights.sum())
    return groups, error
