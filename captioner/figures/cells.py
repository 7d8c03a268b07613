"""A page on what single units respond to: a text in the colours of a unit, and tables of the units that tell something.

It needs no other file and nothing from the net; without JavaScript it shows the first unit.
"""

from base64 import b64encode
from collections.abc import Collection, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.figures.behind import Behind, Saturated, behind_html, saturation_html
from captioner.figures.pages import page
from captioner.files import write_text

HIGH, LOW = "224,122,0", "0,110,230"  # red, green, blue
OUTLIERS = 2  # percent at either end that have the colour of the ends


class ShownUnit(NamedTuple):
    """A unit to colour the text with."""

    name: str
    values: np.ndarray
    """(w), one a token of the text."""


class Teller(NamedTuple):
    """How well a unit tells a property."""

    name: str
    auc: float
    held_out: float
    """The AUC on text that did not choose the unit."""
    yes: float
    """Mean value where the property holds."""
    no: float
    """Mean value elsewhere."""
    cost: float | None = None
    """Bits a token by which the loss rises while the unit is held at its mean; None where it was not tried."""


class Telling(NamedTuple):
    """The units that tell one property, as lines of a table."""

    name: str
    share: float
    """Of positions where it holds."""
    mask: np.ndarray
    """Where it holds in the shown text, (w)."""
    tellers: Sequence[Teller]
    probes: Sequence[tuple[float, float] | None] = ()
    """Of each layer: the AUC of a linear probe, and that of its control; None where there is none."""


class _Scaled(NamedTuple):
    """A unit's values as a browser gets them."""

    levels: np.ndarray
    """-100 to 100."""
    middle: float
    """The value of level 0."""
    half: float
    """From there to level 100."""


def cells_html(
    tokens: Sequence[str],
    units: Sequence[ShownUnit],
    telling: Sequence[Telling] = (),
    behind: Behind | None = None,
    saturated: Sequence[Saturated] = (),
) -> str:
    """A block of HTML: the tables, a list of units to choose from, and the text in the chosen unit's colours.

    Args:
        tokens: w texts, which joined are the text.
        units: at least one, the first of which is shown first; each is scaled to its own lowest and highest values.
        telling: tables of units for given properties; choosing a line shows the unit and marks the property.
        behind: what pointing at a token tells of the network.
        saturated: what is drawn of gates.

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
    options = "".join(_option(name, name, one.levels, one.middle, one.half) for name, one in scaled.items())
    best = _best(units[0].name, telling)
    choices = "".join(
        _option(str(number), each.name, each.mask.astype(np.int8), chosen=number == best)
        for number, each in enumerate(telling)
    )
    spans = "".join(
        f'<span style="background:{_colour(level)}">{escape(token)}</span>'
        for token, level in zip(tokens, scaled[units[0].name].levels.tolist(), strict=True)
    )
    tables = "\n".join(_table(number, each, set(scaled)) for number, each in enumerate(telling))
    return (
        f'<style>{_asset("cells.css")}</style>\n<section class="cells">\n{tables}\n'
        f'<p class="choose"><label>unit <select class="unit">{options}</select></label> '
        f'<label>underlined <select class="mark"><option value="">nothing{choices}</select></label> '
        f'<span class="legend"><span style="background:rgba({LOW},.85)">low</span> '
        f'<span style="background:rgba({HIGH},.85)">high</span></span></p>\n'
        f'<pre tabindex="0">{spans}</pre>\n'
        f'<p class="said" aria-live="polite">Each token has the colour of the unit after it was read. Point at one for '
        f"the value; the arrow keys go from unit to unit.</p>\n"
        f"{'' if behind is None else behind_html(behind)}</section>\n<script>{_asset('cells.js')}</script>\n"
        f"{saturation_html(saturated)}"
    )


def save_cells_html(path: Path, block: str, *, title: str) -> None:
    """Writes a page with what `cells_html` gave."""
    write_text(path, page(title, block))


def _scaled(values: np.ndarray) -> _Scaled:
    low, high = np.percentile(values, [OUTLIERS, 100 - OUTLIERS])
    middle, half = (high + low) / 2, max((high - low) / 2, 1e-12)
    return _Scaled(np.round(100 * ((values - middle) / half).clip(-1, 1)).astype(np.int8), float(middle), float(half))


def _colour(level: int) -> str:
    return f"rgba({HIGH if level > 0 else LOW},{abs(level) * 0.0085:.2f})"


def _option(
    value: str, text: str, levels: np.ndarray, middle: float = 0, half: float = 0, *, chosen: bool = False
) -> str:
    packed = b64encode(levels.tobytes()).decode()
    scale = f' data-middle="{middle:.4g}" data-half="{half:.4g}"' if half else ""
    return f'<option value="{escape(value)}" data-of="{packed}"{scale}{" selected" * chosen}>{escape(text)}'


def _best(unit: str, telling: Sequence[Telling]) -> int | None:
    """The number of the property that this unit tells best."""
    told = {
        number: teller.held_out for number, each in enumerate(telling) for teller in each.tellers if teller.name == unit
    }
    return max(told, key=lambda number: told[number], default=None)


def _asset(name: str) -> str:
    return files("captioner.figures").joinpath("page", name).read_text(encoding="utf-8")


def _table(number: int, telling: Telling, shown: Collection[str]) -> str:
    lines = []
    costs = any(teller.cost is not None for teller in telling.tellers)
    for name, own, held_out, yes, no, cost in telling.tellers:
        button = f'<button type="button" data-unit="{escape(name)}" data-mark="{number}">{escape(name)}</button>'
        cell = button if name in shown else escape(name)
        lines.append(f"<tr><td>{cell}<td>{own:.3f}<td>{held_out:.3f}<td>{yes:+.2f}<td>{no:+.2f}")
        lines.append("" if cost is None else f"<td>{cost:+.4f}")
    body = "".join(lines) or '<tr><td colspan="6">it does not change within a half of the text'
    probes = "".join(
        f"<br>linear probe, layer {layer}: AUC {each[0]:.3f} (control {each[1]:.3f})"
        for layer, each in enumerate(telling.probes, 1)
        if each is not None
    )
    held = "<th>held, bits" if costs else ""
    return (
        f"<table><caption>{escape(telling.name)} <small>{telling.share:.1%} of positions{probes}</small></caption>\n"
        f"<thead><tr><th>unit<th>AUC<th>held out<th>mean, yes<th>no{held}</thead><tbody>{body}</tbody></table>"
    )
