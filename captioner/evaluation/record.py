"""A result as a record: one small JSON file with the figures and all that they depend on.

`results/` holds one for each row of the tables in README and docs, which `scripts/render_tables.py` renders from them.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captioner.evaluation.result import Result
from captioner.files import write_json
from captioner.machine import machine
from captioner.models.provenance import provenance
from captioner.scoring.resample import Interval

Figure = float | Mapping[str, float]
"""A value, or one with its interval: `value`, `low`, `high`."""
NESTED = ("facts", "attention", "faithfulness", "retrieval")
"""Parts of a result's content whose figures are kept under their path, such as `attention/said/mass`."""
DETAILS = ("kinds", "everywhere", "shares")
"""Parts of these that no table shows."""


@dataclass(frozen=True)
class Record:
    """Figures that belong together: those of one run.

    Attributes:
        scores: figures by name.
        command: what gives them; paths are relative, or names alone.
        source: where they come from, in a few words.
        seed: of the training, or of whatever chance there was; None where it is not known or there was none.
        seconds: wall time of the command.
        machine: as `captioner.machine` tells.
        settings: whatever else is worth a column.
        made_with: versions and commit.
        date: in UTC.
    """

    scores: Mapping[str, Figure]
    command: str
    source: str
    seed: int | None
    seconds: float
    machine: Mapping[str, Any] = field(default_factory=machine)
    settings: Mapping[str, Any] = field(default_factory=dict)
    made_with: Mapping[str, Any] = field(default_factory=provenance)
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def write(self, path: Path) -> None:
        """Writes it, whole or not at all."""
        made_with = dict(self.made_with)
        first = {"source": self.source, "command": self.command, "commit": made_with.pop("commit")}
        rest = {"made_with": made_with, "seconds": round(self.seconds, 1)}
        write_json(path, first | asdict(self) | rest)


def figures(result: Result) -> dict[str, Figure]:
    """The scores of a result, with intervals where it has them, and what else it measured."""
    content = result.content
    low_and_high = content.get("intervals", {})
    found: dict[str, Figure] = {}
    for name, value in content.get("scores", {}).items():
        between = dict(zip(("low", "high"), low_and_high.get(name, ()), strict=False))
        found[name] = {"value": value, **between} if between else value
    for name in NESTED:
        found |= _flat(name, content.get(name, {}))
    return found


def _flat(path: str, value: object) -> dict[str, Figure]:
    """The numbers of nested names, by their path."""
    if isinstance(value, Interval):
        return {path: value._asdict()}
    if isinstance(value, int | float):
        return {path: value}
    if not isinstance(value, Mapping):
        return {}
    parts = (_flat(f"{path}/{name}", part) for name, part in value.items() if name not in DETAILS)
    return {name: figure for part in parts for name, figure in part.items()}


def shown_command(program: str, words: Sequence[str], *, without: Sequence[str] = ()) -> str:
    """A command as a reader would type it, which tells nothing of the folders of the machine it ran on.

    Args:
        program: what is called.
        words: its arguments. Paths below the working folder become relative to it, all others their last part.
        without: flags that are left out, each with its value.
    """
    shown: list[str] = [program]
    given = iter(words)
    for word in given:
        flag, equals, value = word.partition("=")
        if flag in without:
            if not equals:
                next(given, None)
            continue
        shown.append(f"{flag}={_path(value)}" if equals and flag.startswith("-") else _path(word))
    return shlex.join(shown)


def _path(word: str) -> str:
    path = Path(word)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd()).as_posix()
    return path.name if path.is_absolute() or ".." in path.parts or word.startswith("~") else word
