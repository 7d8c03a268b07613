"""Scores as a table for people (plain or Markdown, times 100) and as JSON (as they are)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from captioner.scoring.resample import RESAMPLES, SEED, SHARE, Interval

Format = Literal["plain", "markdown", "json"]
LABELS = {
    **{f"bleu{order}": f"BLEU-{order}" for order in range(1, 5)},
    "rouge_l": "ROUGE-L",
    "cider": "CIDEr, plain",
    "cider_d": "CIDEr-D (COCO's CIDEr)",
    "meteor": "METEOR",
    "spice": "SPICE",
    "accuracy": "VQA accuracy",
    "bleu": "BLEU (sacrebleu)",
    "chrf": "chrF (sacrebleu)",
}
ALONE = (
    "CIDEr counts words by how few of the photos have them in their captions, so with one photo every word counts 0,"
    " and CIDEr says nothing: score more photos"
)


@dataclass(frozen=True)
class Report:
    """What `captioner score` has found.

    Attributes:
        count: how many photos or questions were scored.
        items: what they are, "photos" or "questions".
        scores: by name, with intervals.
        differences: to the compared file, by name; empty where nothing was compared.
        facts: other numbers by what they are, unscaled.
        notes: sentences that a reader must know.
        about: what was scored, for JSON.
    """

    count: int
    items: str
    scores: Mapping[str, Interval]
    differences: Mapping[str, Interval] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def remarks(self) -> list[str]:
        """The notes, and what is to be known of these scores in any case."""
        return [*self.notes, *([ALONE] if self.count == 1 and "cider" in self.scores else [])]


def write(report: Report, form: Format) -> str:
    """The report in one of the formats, ending in a line break."""
    return {"plain": plain, "markdown": markdown, "json": as_json}[form](report)


def cells(report: Report) -> list[list[str]]:
    """The table with its header; scores times 100."""
    share = f"{SHARE:.0%}"
    header = ["score x 100", "value", share] + ["difference", share] * bool(report.differences)
    rows = [header]
    for name, score in report.scores.items():
        row = [LABELS.get(name, name), *percent(score)]
        if report.differences:
            row += percent(report.differences[name], signed=True)
        rows.append(row)
    return rows


def percent(interval: Interval, *, signed: bool = False) -> list[str]:
    """Value and interval times 100."""
    value, low, high = (f"{100 * number:{'+' * signed}.2f}" for number in interval)
    return [value, f"{low} … {high}"]


def sentences(report: Report) -> list[str]:
    """What stands below the table."""
    facts = [
        f"{name}: {value:,}" if value == int(value) else f"{name}: {value:.4f}" for name, value in report.facts.items()
    ]
    drawn = f"{report.count:,} {report.items}; intervals: {SHARE:.0%} of {RESAMPLES:,} sets drawn from them"
    return [drawn, *facts, *report.remarks]


def plain(report: Report) -> str:
    """A table for the terminal."""
    rows = cells(report)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{row[0]:{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    return "\n".join([*lines, "", *sentences(report)]) + "\n"


def markdown(report: Report) -> str:
    """A table for a README."""
    header, *rows = (f"| {' | '.join(row)} |" for row in cells(report))
    rule = "|---|" + "--:|" * (header.count("|") - 2)
    return "\n".join([header, rule, *rows, "", *(f"- {sentence}" for sentence in sentences(report))]) + "\n"


def as_json(report: Report) -> str:
    """Everything, scores on their own scales."""
    content = asdict(report) | {
        "scores": {name: score._asdict() for name, score in report.scores.items()},
        "differences": {name: score._asdict() for name, score in report.differences.items()},
        "notes": report.remarks,
        "resamples": RESAMPLES,
        "seed": SEED,
        "interval": SHARE,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
