"""Gradient flow as a picture: the norm of the gradient against steps back, on a logarithmic scale."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from captioner.figures import canvas

PANEL, HEIGHT = 5.2, 4.4  # inches
FOOT, HEAD, SIDE = 0.62, 0.5, 0.85  # inches
COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7a8090", "#a21caf", "#0e7490", "#14171f")
FLOOR = 1e-30  # of what is drawn

Curves = Mapping[str, np.ndarray]


def gradient_figure(panels: Sequence[tuple[str, Curves]]) -> canvas.Figure:
    """Draws each panel's curves, ‖∂loss_T/∂h_t‖ relative to t = T.

    Args:
        panels: titles, and curves by name: the norm at T − t = 0, 1, 2, … steps back, (t).
    """
    figure = canvas.blank(PANEL * len(panels), HEIGHT)
    for place, (title, curves) in enumerate(panels):
        wide, high = PANEL * len(panels), HEIGHT
        axes = figure.add_axes(
            ((place * PANEL + SIDE) / wide, FOOT / high, (PANEL - SIDE - 0.15) / wide, (high - FOOT - HEAD) / high)
        )
        for colour, (name, norms) in zip(np.resize(COLOURS, len(curves)), curves.items(), strict=True):
            relative = norms / norms[0]
            relative = np.where(relative > FLOOR, relative, np.nan)
            axes.plot(np.arange(len(norms)), relative, color=colour, lw=1.8, label=name)
        axes.set_yscale("log")
        axes.axhline(1, color="#7a8090", lw=0.6)
        axes.set_title(title, fontsize=11)
        axes.set_xlabel("steps back, T − t")
        axes.set_ylabel("‖∂loss_T/∂h_t‖, relative to t = T")
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, fontsize=9)
    return figure


def save_gradient_png(path: Path, panels: Sequence[tuple[str, Curves]]) -> None:
    """Writes the figure; the arguments are those of `gradient_figure`."""
    canvas.save_png(gradient_figure(panels), path)
