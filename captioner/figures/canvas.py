"""The door to matplotlib: blank figures measured in inches, text in any script, PNG files and images out."""

import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Figure  # for the other figures, too
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import text_to_path
from PIL import Image

from captioner.files import whole
from captioner.text.directions import in_sight, runs_left

logger = logging.getLogger(__name__)

DPI = 140
BASE_FONT = "DejaVu Sans"  # comes with matplotlib
BOX = "□"  # stands for a letter that no installed font has

Lines = list[list[tuple[int, float]]]


@lru_cache
def letters_of(font_file: str) -> frozenset[str]:
    """The letters that a font can draw."""
    return frozenset(map(chr, FT2Font(font_file).get_charmap()))


@dataclass(frozen=True)
class Typeface:
    """Installed fonts that together have the letters of a text; all lengths in inches, sizes in points.

    Attributes:
        families: names of fonts, tried in this order for each letter.
        missing: letters that none of them has; they are drawn as boxes.
    """

    families: tuple[str, ...]
    missing: frozenset[str]

    @classmethod
    def having(cls, texts: Iterable[str]) -> "Typeface":
        """Looks for fonts with the letters of these texts, and says so in the log where there is none."""
        missing = {letter for text in texts for letter in text if letter.isprintable()}
        missing -= letters_of(font_manager.findfont(BASE_FONT))
        families = [BASE_FONT]
        upright = [font for font in font_manager.fontManager.ttflist if font.style == "normal" and font.weight == 400]
        # sans before serif before mono; the "last resort" font claims every letter and draws a box
        for font in sorted(upright, key=lambda font: ("Mono" in font.name, "Serif" in font.name, font.name)):
            if not missing:
                break
            if "Last Resort" not in font.name and missing & letters_of(font.fname):
                families.append(font.name)
                missing -= letters_of(font.fname)
        if missing:
            logger.warning(
                "no installed font has %s: install one that does (Noto Sans CJK for Korean, Japanese and Chinese) "
                "and delete %s/fontlist*.json",
                "".join(sorted(missing)[:20]),
                matplotlib.get_cachedir(),
            )
        return cls(tuple(families), frozenset(missing))

    def drawn(self, text: str) -> str:
        """The text with a box for each letter that cannot be drawn."""
        return "".join(BOX if letter in self.missing else letter for letter in text)

    def width(self, text: str, size: float) -> float:
        """How wide a line of text is."""
        properties = font_manager.FontProperties(family=list(self.families), size=size)
        return float(text_to_path.get_text_width_height_descent(self.drawn(text), properties, ismath=False)[0]) / 72

    def lines(self, words: Sequence[str], *, size: float, width: float) -> Lines:
        """Breaks words into lines no wider than `width`: for each line, (number of the word, its x) from the left.

        A caption of Arabic or Hebrew begins at the right end of its lines.
        """
        space = self.width("n n", size) - self.width("nn", size)
        advances = [self.width(word, size) for word in words]
        lines: list[list[int]] = [[]]
        x = 0.0
        for number, advance in enumerate(advances):
            if x + advance > width and lines[-1]:
                lines.append([])
                x = 0.0
            lines[-1].append(number)
            x += advance + space
        from_right = runs_left(words)
        placed: Lines = []
        for line in lines:
            long = sum(advances[number] + space for number in line) - space
            x = max(0.0, width - long) if from_right else 0.0
            placed.append([])
            for place in in_sight([words[number] for number in line], from_right=from_right):
                placed[-1].append((line[place], x))
                x += advances[line[place]] + space
        return placed

    def write(
        self,
        figure: Figure,
        text: str,
        *,
        x: float,
        y: float,
        size: float,
        colour: str,
        align: str = "left",
        upright: bool = False,
    ) -> None:
        """Writes a line of text with its baseline at `y` below the figure's top and at `x` from its left.

        An upright one runs from there to the top, its baseline on the right.
        """
        width, height = figure.get_size_inches()
        figure.text(
            x / width,
            1 - y / height,
            self.drawn(text),
            size=size,
            color=colour,
            family=list(self.families),
            ha="right" if upright else align,
            va="bottom" if upright else "baseline",
            rotation=90 if upright else 0,
            parse_math=False,  # a dollar is a dollar
        )


def blank(width: float, height: float) -> Figure:
    """An empty white figure of this size in inches, which belongs to no window."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def show(figure: Figure, image: Image.Image, *, x: float, y: float, width: float, height: float) -> None:
    """Places an image; inches from the figure's left and top."""
    across, down = figure.get_size_inches()
    axes = figure.add_axes((x / across, 1 - (y + height) / down, width / across, height / down))
    axes.imshow(np.asarray(image), aspect="auto", interpolation="antialiased")
    axes.axis("off")


def as_image(figure: Figure) -> Image.Image:
    """The figure as an RGB image."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
    return Image.open(file).convert("RGB")


def save_png(figure: Figure, path: Path) -> None:
    """Writes the figure as PNG, whole or not at all."""
    with whole(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI)
