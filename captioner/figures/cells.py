"""A page on what single units respond to: a text in the colours of a unit, and tables of the units that tell something.

It needs no other file and nothing from the net; without JavaScript it shows the first unit.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.figures.pages import page
from captioner.files import write_text

POSITIVE, NEGATIVE = "224,122,0", "0,110,230"  # red, green, blue


class ShownUnit(NamedTuple):
    """A unit to colour the text with."""

    name: str
    values: np.ndarray
    """(w), one a token of the text."""


class Telling(NamedTuple):
    """The units that tell one property, as lines of a table."""

    name: str
    share: float
    """Of positions where it holds."""
    mask: np.ndarray
    """Where it holds in the shown text, (w)."""
    units: Sequence[tuple[str, float, float, str]]
    """Name, AUC, AUC on held-out text, and a remark."""


def cells_html(tokens: Sequence[str], units: Sequence[ShownUnit], telling: Sequence[Telling] = ()) -> str:
    """A block of HTML: the tables, a list of units to choose from, and the text in the chosen unit's colours.

    Args:
        tokens: w texts, which joined are the text.
        units: at least one, the first of which is shown first; each is scaled to its own largest value.
        telling: tables of units for given properties; choosing a line shows the unit and marks the property.

    Raises:
        ValueError: there is no unit, or one has not one value for each token.
    """
    if not units:
        raise ValueError("there is no unit to show; name one, or give a property that changes within the text")
    for unit in units:
        if len(unit.values) != len(tokens):
            raise ValueError(
                f"unit {unit.name} has {len(unit.values)} values for {len(tokens)} tokens; give one a token"
            )
    scaled = {unit.name: _scaled(unit.values) for unit in units}
    options = "".join(
        f'<option value="{escape(name)}" data-of="{_pack(scaled[name])}">{escape(name)}' for name in scaled
    )
    first = scaled[units[0].name]
    spans = "".join(
        f'<span style="background:{_colour(value)}">{escape(token)}</span>'
        for token, value in zip(tokens, first.tolist(), strict=True)
    )
    tables = "\n".join(_table(number, each, scaled) for number, each in enumerate(telling))
    choices = "".join(
        f'<option value="{number}" data-of="{_pack(each.mask.astype(np.int8))}">{escape(each.name)}'
        for number, each in enumerate(telling)
    )
    return (
        f'<style>{_asset("cells.css")}</style>\n<section class="cells">\n{tables}\n'
        f'<p class="choose"><label>unit <select class="unit">{options}</select></label> '
        f'<label>underlined <select class="mark"><option value="">nothing{choices}</select></label> '
        f'<span class="legend"><span style="background:rgba({NEGATIVE},.85)">negative</span> 0 '
        f'<span style="background:rgba({POSITIVE},.85)">positive</span></span></p>\n'
        f'<pre tabindex="0">{spans}</pre>\n'
        f'<p class="said" aria-live="polite">Each letter has the colour of the unit after it was read. '
        f"Point at a letter for its value, as a share of the largest.</p>\n"
        f"</section>\n<script>{_asset('cells.js')}</script>\n"
    )


def save_cells_html(
    path: Path, tokens: Sequence[str], units: Sequence[ShownUnit], telling: Sequence[Telling] = (), *, title: str
) -> None:
    """Writes a page with `cells_html`; arguments and errors are its own."""
    write_text(path, page(title, cells_html(tokens, units, telling)))


def _scaled(values: np.ndarray) -> np.ndarray:
    """-100 to 100, the largest value of either sign being one of both."""
    return np.round(100 * values / max(float(np.abs(values).max()), 1e-12)).astype(np.int8)


def _colour(value: int) -> str:
    return f"rgba({POSITIVE if value > 0 else NEGATIVE},{abs(value) * 0.0085:.2f})"


def _pack(values: np.ndarray) -> str:
    return b64encode(values.tobytes()).decode()


def _asset(name: str) -> str:
    return files("captioner.figures").joinpath(name).read_text(encoding="utf-8")


def _table(number: int, telling: Telling, shown: dict[str, np.ndarray]) -> str:
    lines = []
    for name, own, held_out, remark in telling.units:
        button = f'<button type="button" data-unit="{escape(name)}" data-mark="{number}">{escape(name)}</button>'
        cell = button if name in shown else escape(name)
        lines.append(f"<tr><td>{cell}<td>{own:.3f}<td>{held_out:.3f}<td>{escape(remark)}")
    body = "".join(lines) or '<tr><td colspan="4">it does not change within a half of the text'
    return (
        f"<table><caption>{escape(telling.name)} <small>{telling.share:.1%} of positions</small></caption>\n"
        f"<thead><tr><th>unit<th>AUC<th>held out<th></thead><tbody>{body}</tbody></table>"
    )
