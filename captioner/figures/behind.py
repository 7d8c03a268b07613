"""What stands behind a text on the page of units: what each token depends on, what every layer expects next, its gates.

The numbers lie in the page as bytes, so that a text of a thousand letters stays small; `page/behind.js` shows them.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from json import dumps
from typing import NamedTuple

import numpy as np

SIDE, MARGIN = 190, 34  # of a scatter plot
COLOURS = ("#e07a00", "#006ee6", "#1a8f4c", "#a21caf")  # of layers, in turns


class Behind(NamedTuple):
    """What a language model made of the last w tokens of the shown text."""

    influence: np.ndarray
    """On each token of the one d + 1 before it, (w, back); nan where nothing is known."""
    expected: np.ndarray
    """The probability that each token had before it was read, (w)."""
    tokens: np.ndarray
    """Places in `vocabulary` of what each layer expects next, the likeliest first, (w, l, k)."""
    probabilities: np.ndarray
    """Of these, (w, l, k)."""
    vocabulary: Sequence[str]


class Saturated(NamedTuple):
    """How often the units of one gate were shut or open, as shares of time."""

    gate: str
    shut: np.ndarray
    """(l, h)"""
    open: np.ndarray
    """(l, h)"""


def behind_html(behind: Behind) -> str:
    """The numbers, and where the page tells of the token that is pointed at; of no use without `cells_html`."""
    used, places = np.unique(behind.tokens, return_inverse=True)
    strongest = np.nanmax(behind.influence, axis=1, keepdims=True, initial=1e-30)
    data = {
        "influence": _bytes(np.nan_to_num(behind.influence / strongest)),
        "expected": _bytes(behind.expected),
        "probabilities": _bytes(behind.probabilities),
        "tokens": b64encode(places.astype("<u2").tobytes()).decode(),
        "vocabulary": [behind.vocabulary[place] for place in used.tolist()],
        "back": behind.influence.shape[1],
        "layers": behind.tokens.shape[1],
        "top": behind.tokens.shape[2],
    }
    packed = dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<script type="application/json" class="behind">{packed}</script>\n'
        f'<p class="next" aria-live="polite">Point at one of the last {len(behind.expected):,} tokens: the earlier '
        "ones that its prediction depends on turn violet, and every layer tells what it expects next. The arrows up "
        "and down go from token to token.</p>\n"
        f"<script>{_asset('behind.js')}</script>\n"
    )


def saturation_html(saturated: Sequence[Saturated]) -> str:
    """A scatter plot for each gate, a point a unit: how often it was shut (across) and open (up)."""
    if not saturated:
        return ""
    layers = len(saturated[0].shut)
    legend = " ".join(f'<span style="color:{_colour(layer)}">● layer {layer + 1}</span>' for layer in range(layers))
    plots = "\n".join(_scatter(one) for one in saturated)
    return (
        '<section class="gates"><h2>Gates that are saturated</h2>\n<p>A point is a unit: across, the share of time in '
        f"which its gate is below 0.1; up, above 0.9. {legend}</p>\n{plots}\n</section>\n"
    )


def _scatter(one: Saturated) -> str:
    def x(share: float) -> float:
        return MARGIN + share * (SIDE - MARGIN - 6)

    def y(share: float) -> float:
        return SIDE - MARGIN - share * (SIDE - MARGIN - 20)

    points = "".join(
        f'<circle cx="{x(shut):.1f}" cy="{y(open_):.1f}" r="2.2" fill="{_colour(layer)}" fill-opacity=".55">'
        f"<title>{layer + 1}:{number}: shut {shut:.0%}, open {open_:.0%}</title></circle>"
        for layer, units in enumerate(zip(one.shut, one.open, strict=True))
        for number, (shut, open_) in enumerate(zip(*(part.tolist() for part in units), strict=True))
    )
    ends = f'x1="{x(0)}" y1="{y(1)}" x2="{x(1)}" y2="{y(0)}"'
    return (
        f'<svg viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}" font-size="11" fill="currentColor" '
        f'role="img" aria-label="gate {escape(one.gate)}: {_told(one)}">\n'
        f'<text x="{x(0)}" y="13" font-weight="600">gate {escape(one.gate)}</text>\n'
        f'<path d="M{x(0)} {y(1)}V{y(0)}H{x(1)}" fill="none" stroke="currentColor" stroke-opacity=".5"/>\n'
        f'<line {ends} stroke="currentColor" stroke-opacity=".2"/>\n'
        f'<text x="{x(0)}" y="{SIDE - 20}">0</text><text x="{x(1)}" y="{SIDE - 20}" text-anchor="end">1</text>'
        f'<text x="{x(0.5)}" y="{SIDE - 8}" text-anchor="middle">shut</text>'
        f'<text x="{x(0) - 5}" y="{y(1) + 8}" text-anchor="end">1</text>'
        f'<text x="{x(0) - 5}" y="{y(0.5)}" text-anchor="end">open</text>\n{points}\n</svg>'
    )


def _told(one: Saturated) -> str:
    shut, open_ = ((part > 0.9).sum() for part in (one.shut, one.open))
    return f"of {one.shut.size} units {shut} are shut and {open_} open in more than 90 % of the time"


def _colour(layer: int) -> str:
    return COLOURS[layer % len(COLOURS)]


def _bytes(shares: np.ndarray) -> str:
    """Shares from 0 to 1 as bytes."""
    return b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode()


def _asset(name: str) -> str:
    return files("captioner.figures").joinpath("page", name).read_text(encoding="utf-8")
