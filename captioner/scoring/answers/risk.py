"""Risk against coverage: how often answers are wrong if only the surest are given (El-Yaniv & Wiener 2010)."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Risk(NamedTuple):
    """What comes of answering only from some probability on.

    Attributes:
        at_least: that probability.
        coverage: the share of questions that are answered.
        risk: 1 − the mean accuracy of these.
    """

    at_least: float
    coverage: float
    risk: float


def risk_curve(probabilities: Sequence[float], accuracies: Sequence[float]) -> list[Risk]:
    """A point for each probability that an answer has, from the surest to all.

    Args:
        probabilities: of the answers, as the model finds them.
        accuracies: of the same answers, in 0..1.

    Raises:
        ValueError: there are no answers.
    """
    if not probabilities:
        raise ValueError("there are no answers, so there is no risk to tell")
    pairs = sorted(zip(probabilities, accuracies, strict=True), reverse=True)
    curve, count, right = [], 0, 0.0
    for probability, same in groupby(pairs, key=lambda pair: pair[0]):
        found = [accuracy for _, accuracy in same]
        count, right = count + len(found), right + sum(found)
        curve.append(Risk(probability, count / len(pairs), 1 - right / count))
    return curve


def at_coverage(curve: Sequence[Risk], share: float) -> Risk:
    """The first point that covers at least this share of the questions."""
    return next(point for point in curve if point.coverage >= share or point is curve[-1])
