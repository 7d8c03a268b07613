"""Rows beside the records of an earlier run, so that a change that slows something is seen."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import Row
from captioner.files import read_json

NOISE = 1.25
"""What changes by less may be chance: two runs on a quiet machine differ by some percent, on a busy one by more."""
FIGURES = {"ratio": "times naive", "share": "of the limit"}
"""By which rows are compared, the first that both have: other machines change these less than seconds."""


class Change(NamedTuple):
    """How a row changed.

    Attributes:
        work: what was done.
        before: the figure that was recorded.
        now: the figure of this run.
        unit: of both.
        better: how many times better it is now; below 1, worse.
    """

    work: str
    before: float
    now: float
    unit: str
    better: float

    def __str__(self) -> str:
        verdict = "slower" if self.better < 1 / NOISE else "faster" if self.better > NOISE else "as before"
        return f"{self.work}: {self.now:.3g} {self.unit}, was {self.before:.3g}: {verdict}"


def changes(rows: Sequence[Row], names: Mapping[str, str], folder: Path) -> Iterator[Change]:
    """Those of rows that have a record.

    Args:
        rows: of this run.
        names: file of a row's record, without its ending, by the row's work.
        folder: of the records.
    """
    for row in rows:
        path = folder / f"{names[row.work]}.json"
        if path.is_file():
            yield change(row, read_json(path)["scores"])


def change(row: Row, before: Mapping[str, Any]) -> Change:
    """A row beside the figures of its record; by its own unit where nothing else is known."""
    for name, unit in FIGURES.items():
        now = getattr(row, name)
        if now is not None and before.get(name):
            return Change(row.work, before[name], now, unit, now / before[name])
    better = row.ours / before["ours"] if row.better == "more" else before["ours"] / row.ours
    return Change(row.work, before["ours"], row.ours, row.unit, better)


def slower(found: Sequence[Change]) -> list[Change]:
    """Those that are worse by more than chance."""
    return [each for each in found if each.better < 1 / NOISE]
