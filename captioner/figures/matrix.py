"""Attention over a sentence: a matrix of the words that were read and the words that were said (Bahdanau, figure 3)."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from captioner.figures import canvas
from captioner.figures.attention import bounded
from captioner.figures.maps import has_places, percent
from captioner.figures.pages import asset

# inches
CELL, MARGIN, PAD = 0.42, 0.3, 0.12
WORD, NOTE = 12, 9  # points
INK, GREY = "#14171f", "#7a8090"
NOTE_TEXT = "Darker: more of the word's attention; each row sums to 1."


def check_matrix(source: Sequence[str], words: Sequence[str], p: np.ndarray) -> None:
    """Refuses weights that do not belong to these words.

    Raises:
        ValueError: `p` is not (t,s), or there is nothing to look at.
    """
    if p.shape != (len(words), len(source)):
        raise ValueError(f"{len(words)} words over {len(source)} need weights of that shape, not {p.shape}")
    if not has_places(p) or not len(p):
        raise ValueError("there is no attention to draw: the network has none, or nothing was said")


def matrix_figure(source: Sequence[str], words: Sequence[str], p: np.ndarray) -> canvas.Figure:
    """Draws the weights, a column for each source word and a row for each word that was said.

    Args:
        source: s words that were read.
        words: t words that were said.
        p: weights (t,s).

    Raises:
        ValueError: as `check_matrix`.
    """
    check_matrix(source, words, p)
    across, down = bounded(source), bounded(words)
    p = p[: len(down), : len(across)]
    face = canvas.Typeface.having([*across, *down])
    left = MARGIN + max(face.width(word, WORD) for word in down) + PAD
    top = MARGIN + max(face.width(word, WORD) for word in across) + PAD
    width, height = left + CELL * len(across) + MARGIN, top + CELL * len(down) + MARGIN + 0.25
    width = max(width, 2 * MARGIN + face.width(NOTE_TEXT, NOTE))
    figure = canvas.blank(width, height)
    inner = (left / width, 1 - (top + CELL * len(down)) / height, CELL * len(across) / width, CELL * len(down) / height)
    axes = figure.add_axes(inner)
    axes.imshow(p, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    for number, word in enumerate(down):
        y = top + CELL * (number + 0.5) + 0.06
        face.write(figure, word, x=left - PAD, y=y, size=WORD, colour=INK, align="right")
    for number, word in enumerate(across):
        x = left + CELL * (number + 0.5) + 0.06
        face.write(figure, word, x=x, y=top - PAD, size=WORD, colour=INK, upright=True)
    face.write(figure, NOTE_TEXT, x=MARGIN, y=height - MARGIN / 2, size=NOTE, colour=GREY)
    return figure


def save_matrix_png(path: Path, source: Sequence[str], words: Sequence[str], p: np.ndarray) -> None:
    """Writes `matrix_figure` as PNG; arguments and errors are its own."""
    canvas.save_png(matrix_figure(source, words, p), path)


def matrix_html(source: Sequence[str], words: Sequence[str], p: np.ndarray) -> str:
    """A block of HTML to put anywhere in a page: the same as a table, whose cells tell their weights when pointed at.

    Raises:
        ValueError: as `check_matrix`.
    """
    check_matrix(source, words, p)
    head = "".join(f'<th scope="col"><span>{escape(word)}</span></th>' for word in source)
    rows = "".join(
        f'<tr><th scope="row">{escape(word)}</th>'
        + "".join(
            f'<td style="--p:{weight:.3f}" title="{escape(word)} ← {escape(other)}: {percent(weight)}"></td>'
            for other, weight in zip(source, row, strict=True)
        )
        + "</tr>\n"
        for word, row in zip(words, p.tolist(), strict=True)
    )
    caption = f"{escape(' '.join(source[:-1]))} <br>{escape(' '.join(words))}"
    return (
        f"<style>{asset('matrix.css')}</style>\n"
        f'<table class="matrix" lang="">\n<caption>{caption}</caption>\n'
        f"<thead><tr><td></td>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
