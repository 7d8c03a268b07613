"""A curve for a page, as SVG in the colours of the text around it."""

import math
from collections.abc import Sequence
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 420, 200  # the page stretches it
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 26, 30
ACCENT = "#e07a00"


def curve_svg(points: Sequence[Point], *, title: str, across: str) -> str:
    """One curve over steps, epochs or seconds.

    Args:
        points: (x, y) with rising x; at least one.
        title: what y is; also read out by screen readers, with the last value.
        across: what x is.
    """
    xs, ys = zip(*points, strict=True)
    right, ticks = max(xs) or 1.0, _ticks(min(0.0, *ys), max(ys))
    low, high = ticks[0], ticks[-1]

    def place(x: float, y: float) -> Point:
        return (
            LEFT + x / right * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    lines = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place(0, tick)[1]:.1f}" y2="{place(0, tick)[1]:.1f}" '
        f'stroke="currentColor" stroke-opacity=".15"/>'
        f'<text x="{LEFT - 6}" y="{place(0, tick)[1] + 4:.1f}" text-anchor="end">{tick:g}</text>'
        for tick in ticks
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
    x, y = place(*points[-1])
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-size="12" fill="currentColor" '
        f'aria-label="{escape(title)}: {ys[0]:.3f} at first, {ys[-1]:.3f} at last">\n'
        f'<text x="{LEFT}" y="14" font-weight="600">{escape(title)}</text>\n' + "\n".join(lines) + "\n"
        f'<polyline points="{path}" fill="none" stroke="{ACCENT}" stroke-width="2" stroke-linejoin="round"/>\n'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ACCENT}"/>\n'
        f'<text x="{x - 6:.1f}" y="{max(y - 8, TOP):.1f}" text-anchor="end" font-weight="600">{ys[-1]:.3f}</text>\n'
        f'<text x="{LEFT}" y="{HEIGHT - 8}">0</text>\n'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{right:g} {escape(across)}</text>\n</svg>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers, the first not above `low` and the last not below `high`; of no span, 0 to 1 more."""
    span = high - low if high - low > 1e-6 else 1.0
    size = 10 ** math.floor(math.log10(span / 3))
    step = next(size * times for times in (1, 2, 5, 10) if span / (size * times) <= 4)
    first, last = math.floor(low / step), math.ceil((low + span) / step)
    return [round(step * number, 10) for number in range(first, last + 1)]
