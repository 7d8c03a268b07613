"""Risk against coverage as a picture: how often answers are wrong, the surest first."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from captioner.figures import canvas

WIDTH, HEIGHT = 5.2, 4.0  # inches
Point = tuple[float, float]


def risk_figure(curves: Mapping[str, Sequence[Point]]) -> canvas.Figure:
    """Draws each curve.

    Args:
        curves: by name, coverage and risk of each point, both as shares.
    """
    figure = canvas.blank(WIDTH, HEIGHT)
    axes = figure.add_axes((0.14, 0.15, 0.82, 0.8))
    for name, points in curves.items():
        coverage, risk = zip(*points, strict=True)
        axes.plot(coverage, risk, lw=1.8, label=name, drawstyle="steps-post")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, None)
    axes.set_xlabel("coverage: share of questions answered, the surest first")
    axes.set_ylabel("risk: 1 − accuracy of the answers given")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9)
    return figure


def save_risk_png(path: Path, curves: Mapping[str, Sequence[Point]]) -> None:
    """Writes the figure; the arguments are those of `risk_figure`."""
    canvas.save_png(risk_figure(curves), path)
