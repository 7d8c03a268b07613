"""Two thousand mutated data files: none may end in anything but records or one sentence."""

from pathlib import Path

import pytest

from tests.fuzz.data_files import outcome, run


@pytest.mark.slow
def test_data_files_are_read_or_refused_with_a_sentence():
    report = run(2000, seed=0)
    assert not report.failures, "\n".join(report.failures[:20])
    assert report.outcomes.total() == 2000
    assert {name.rpartition(" ")[2] for name in report.outcomes} == {"read", "refused"}


def test_what_is_no_sentence_is_a_fault():
    def divides(path: Path) -> None:
        1 / 0  # noqa: B018

    def talks(path: Path) -> None:
        raise ValueError("one line\nand another")

    def refuses(path: Path) -> None:
        raise ValueError(f"{path} is no list")

    assert outcome(divides, Path("a")).startswith("ZeroDivisionError")
    assert outcome(talks, Path("a")).startswith("no sentence")
    assert outcome(refuses, Path("a")) == "refused"
    assert outcome(str, Path("a")) == "read"
