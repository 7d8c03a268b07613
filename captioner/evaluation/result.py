"""What an evaluation found, of whichever kind: two files that tell what they depend on, and lines for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captioner.files import whole_folder, write_json
from captioner.models.provenance import provenance

WRITTEN = ("results.json", "scores.json")


@dataclass(frozen=True)
class Section:
    """One thing that was measured.

    Attributes:
        content: for scores.json, by name.
        lines: for people.
    """

    content: Mapping[str, Any]
    lines: Sequence[str]

    @property
    def text(self) -> str:
        """The lines, each with a line break at its end."""
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True)
class Result:
    """What was said of each photo or question, and all that was measured of it.

    Attributes:
        said: what the model said, in the official results format of its task.
        scores: of what was said, with data and settings.
        about: what the bundle tells of itself.
        further: what else was measured, in the order in which it is shown.
    """

    said: Sequence[Mapping[str, Any]]
    scores: Section
    about: Mapping[str, Any]
    further: Sequence[Section] = ()

    @property
    def content(self) -> dict[str, Any]:
        """The scores with everything that they depend on, as JSON values."""
        further = {name: value for section in self.further for name, value in section.content.items()}
        return {**self.scores.content, "made_with": provenance(), "bundle": dict(self.about), **further}

    @property
    def text(self) -> str:
        """All that is shown."""
        return "".join(section.text for section in (self.scores, *self.further))

    def write(self, folder: Path) -> None:
        """Writes results.json (the official format) and scores.json, which belong together, in one step."""
        with whole_folder(folder, made=WRITTEN) as new:
            write_json(new / "results.json", list(self.said))
            write_json(new / "scores.json", self.content)


def write_results(folder: Path, said: Sequence[Mapping[str, Any]]) -> None:
    """Writes results.json before it is scored, so that a fault of scoring loses nothing; older scores go."""
    with whole_folder(folder, made=WRITTEN) as new:
        write_json(new / WRITTEN[0], list(said))
