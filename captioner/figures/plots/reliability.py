"""A reliability diagram: what part was right, against what part was expected to be (Niculescu-Mizil & Caruana 2005)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from captioner.figures import canvas

SIDE, SPACE = 3.6, 0.75  # inches
COLOUR, GREY = "#c2410c", "#7a8090"


def save_reliability_png(path: Path, panels: Mapping[str, Sequence[tuple[float, float, int]]]) -> None:
    """Draws a square for each.

    Args:
        path: of the picture.
        panels: titles, and of each group the share that was expected, the one that was found, and how many there were.
    """
    wide, high = len(panels) * (SIDE + SPACE) + 0.2, SIDE + 1.1
    figure = canvas.blank(wide, high)
    for place, (title, groups) in enumerate(panels.items()):
        left = place * (SIDE + SPACE) + SPACE
        axes = figure.add_axes((left / wide, 0.65 / high, SIDE / wide, SIDE / high))
        axes.plot([0, 1], [0, 1], color=GREY, lw=0.8)
        expected, found, counts = zip(*groups, strict=True)
        most = max(counts)
        axes.plot(expected, found, color=COLOUR, lw=1.2)
        axes.scatter(expected, found, s=[60 * count / most for count in counts], color=COLOUR)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="expected to be right", ylabel="right")
        axes.set_title(title, fontsize=11)
        axes.grid(alpha=0.25)
    canvas.save_png(figure, path)
