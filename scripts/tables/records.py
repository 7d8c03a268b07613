"""Records of results (`captioner.evaluation.record`) as figures in the cells of a table."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from captioner.files import read_json

FIELDS = {"source", "command", "commit", "date", "seed", "seconds", "machine", "made_with", "settings", "scores"}


@dataclass(frozen=True)
class Figure:
    """A value as it stands in each record of a row.

    Attributes:
        values: one for each seed; text where a figure is no plain number.
        interval: where there is one record, with an interval: its ends.
        measured: whether it is a score, and no setting.
    """

    values: tuple[float | str, ...]
    interval: tuple[float, float] | None = None
    measured: bool = True

    def __format__(self, form: str) -> str:
        """Its text, the number, or mean ± standard deviation."""
        numbers = [value for value in self.values if not isinstance(value, str)]
        if len(numbers) < len(self.values):
            return " / ".join(map(str, self.values))
        if len(numbers) == 1:
            return number(numbers[0], form)
        return f"{number(mean(numbers), form)} ± {number(stdev(numbers), form)}"


def number(value: float, form: str) -> str:
    """A number in a format of Python's, in percent with `p`, or with three digits that count (`~`)."""
    if form == "~":
        return format(value, ",.3g" if abs(value) < 1000 else ",.0f")
    return format(100 * value, f"{form[:-1]}f") if form.endswith("p") else format(value, form)


class Missing(ValueError):
    """A template names what its record does not have."""

    def __init__(self, record: str, name: str) -> None:
        super().__init__(f"record {record} has no {name}")


@dataclass
class Records:
    """All records of a folder, read when they are needed.

    Attributes:
        folder: `results`.
        read: files that were read so far.
        seeds: how many seeds stand behind the figures of each cell rendered so far.
    """

    folder: Path
    read: set[Path] = field(default_factory=set)
    seeds: set[int] = field(default_factory=set)

    def files(self, name: str) -> list[Path]:
        """The files of a record, one for each seed; none if it is not there."""
        one = self.folder / f"{name}.json"
        return [one] if one.exists() else sorted(one.parent.glob(f"{one.stem}.seed*.json"))

    def figures(self, name: str) -> dict[str, Figure]:
        """What the templates of a row may name: scores, and settings.

        Raises:
            FileNotFoundError: there is no such record.
            ValueError: it is malformed.
        """
        files = self.files(name)
        if not files:
            raise FileNotFoundError(f"there is no record {self.folder.name}/{name}.json, and none of a seed beside it")
        self.read.update(files)
        contents = [_checked(read_json(file), file) for file in files]
        settings = {name: Figure((value,), measured=False) for name, value in contents[0]["settings"].items()}
        names = dict.fromkeys(name for content in contents for name in content["scores"])
        scores = [content["scores"] for content in contents]
        return settings | {name: _figure([each[name] for each in scores if name in each]) for name in names}

    def cell(self, templates: Sequence[str], row: str | None) -> str | None:
        """The first of these templates whose figures are all there; None where none is."""
        for template in templates:
            try:
                return self.fill(template, row)
            except Missing:
                continue
        return None

    def fill(self, template: str, row: str | None) -> str:
        """A cell.

        Args:
            template: as in a table's definition.
            row: the record whose figures it names; None where each name says its record.

        Raises:
            Missing: there is no such figure.
            FileNotFoundError: a record that it names is not there.
        """
        cell = ""
        for text, name, form, _ in string.Formatter().parse(template):
            cell += text + ("" if name is None else self._said(name, form or "", row))
        return cell

    def _said(self, name: str, form: str, row: str | None) -> str:
        name, end = (name[: -len(end)], end) if (end := name[name.rfind(".") :]) in (".low", ".high") else (name, "")
        if row is None or name.startswith("_"):
            beside, _, name = name.partition(".")
            row = (row or "") + beside
            if beside.startswith("_") and not self.files(row):
                raise Missing(row, name)
        figure = self.figures(row).get(name)
        if figure is None:
            raise Missing(row, name)
        if end:
            if figure.interval is None:
                raise Missing(row, name + end)
            return number(figure.interval[end == ".high"], form)
        if figure.measured:
            self.seeds.add(len(figure.values))
        return format(figure, form)


def _figure(values: Sequence[Any]) -> Figure:
    plain = tuple(value["value"] if isinstance(value, Mapping) else value for value in values)
    one = values[0] if len(values) == 1 and isinstance(values[0], Mapping) else None
    return Figure(plain, None if one is None else (one["low"], one["high"]))


def _checked(content: Any, file: Path) -> dict[str, Any]:
    if not isinstance(content, dict) or content.keys() != FIELDS:
        has = ", ".join(sorted(content)) if isinstance(content, dict) else "no names"
        raise ValueError(f"{file} is no record: it must have {', '.join(sorted(FIELDS))}, and has {has}")
    return content
