"""Mutated photos end in a picture or in one sentence, soon; a script runs the same loop longer."""

import pytest

from tests.fuzz.photos import run
from tests.fuzz.report import Report


def sound(report: Report, inputs: int) -> None:
    assert not report.failures, "\n".join(report.failures[:20])
    assert report.inputs >= inputs
    assert min(report.outcomes["read"], report.outcomes["refused"]) > inputs / 10, "the changes are too weak or strong"


@pytest.mark.timeout(60)
def test_a_hundred_mutated_photos_and_those_that_once_failed():
    sound(run(100, seed=0), 100)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_thousand_mutated_photos():
    sound(run(2000, seed=1), 2000)
