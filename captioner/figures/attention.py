"""The photo once per word, with that word's attention laid over it (after Xu et al. 2015, figures 2 and 3)."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from captioner.figures import canvas
from captioner.figures.maps import (
    COMPACT,
    attention_map,
    check_words,
    fit,
    has_places,
    lit,
    looks_away,
    percent,
    shares_away,
)
from captioner.images import ImageSpec

LONGEST = 480  # pixels of a photo in a figure
WIDE = 16 / 9
# inches
PANEL_AREA, ALONE_AREA = 4.6, 16  # square inches
NARROWEST = 1.5  # a word must fit above its photo
MARGIN, GAP, HEADER, FOOTER, LINE = 0.35, 0.22, 0.3, 0.2, 0.36
# bounds of a figure, whatever is given
SLIMMEST = 0.2  # shorter side of a photo's frame, as a fraction of the longer; a slimmer photo stands in the middle
MOST = 60  # words that are shown
LETTERS = 60  # of a word
THINNEST = 0.02  # inches of a side
# points
CAPTION, WORD, NOTE = 17, 13, 9
INK, GREY, ACCENT = "#14171f", "#7a8090", "#c2410c"


class Panel(NamedTuple):
    """A picture with what stands above it and below it, each on the left and on the right."""

    image: Image.Image
    word: str = ""
    largest: str = ""
    moves: str = ""
    away: str = ""


def attention_figure(
    photo: Image.Image,
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    *,
    title: str | None = None,
    sentinel: np.ndarray | None = None,
) -> canvas.Figure:
    """Draws the photo, then once per word with the word's attention laid over it.

    Brightness is linear from weight 0 to the word's own largest weight, which stands beside the word; a line encloses
    half of the weight, see `outlined`, and below stands how much of it moved since the word before. Without places to
    choose from (n of 0 or 1) only the photo and the caption are drawn.

    Args:
        photo: RGB.
        words: t words.
        p: the weights that the network returned, (t,n).
        spec: what part of the photo the network saw.
        title: the caption as a sentence; the words by default.
        sentinel: how much of its attention each word gives to no place, (t); None for what `p` lacks to 1.

    Raises:
        ValueError: `p` or `sentinel` has not one row for each word, or n is not a square number.
    """
    check_words(words, p)
    sentinel = shares_away(words, p, sentinel)
    photo, total = fit(photo, LONGEST * min(spec.frames, 2)), len(words)
    sentence = bounded((" ".join(words) if title is None else title).split())
    words, p, sentinel = bounded(words), p[:MOST], None if sentinel is None else sentinel[:MOST]
    face = canvas.Typeface.having([*words, *sentence])
    panels = _panels(photo, words, p, spec, sentinel) if has_places(p) else [Panel(photo)]
    shape = min(max(photo.width / photo.height, SLIMMEST), 1 / SLIMMEST)
    area = PANEL_AREA if has_places(p) else ALONE_AREA
    width, height = math.sqrt(area * shape), math.sqrt(area / shape)
    cell_width, cell_height = max(width, NARROWEST) + GAP, height + HEADER + FOOTER + GAP
    columns = _columns(len(panels), cell_width / cell_height)
    rows = math.ceil(len(panels) / columns)
    inner = max(columns * cell_width - GAP, room(face, sentence))
    title_lines = face.lines(sentence, size=CAPTION, width=inner)
    top = MARGIN + LINE * len(title_lines)
    bottom = top + rows * cell_height - GAP
    figure = canvas.blank(inner + 2 * MARGIN, bottom + MARGIN + (0.3 if has_places(p) else 0))

    write_lines(figure, face, sentence, title_lines, y=MARGIN + 0.1)
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        x, y = MARGIN + column * cell_width, top + row * cell_height + HEADER
        left = x + (cell_width - GAP - width) / 2
        canvas.show(figure, panel.image, **within(photo, x=left, y=y, width=width, height=height))
        x_end, below = x + cell_width - GAP, y + height + FOOTER - 0.03
        free = x_end - x - face.width(panel.largest, NOTE) - 0.1
        size = WORD * min(1, free / max(face.width(panel.word, WORD), free))
        face.write(figure, panel.word, x=x, y=y - 0.09, size=size, colour=INK)
        face.write(figure, panel.largest, x=x_end, y=y - 0.09, size=NOTE, colour=GREY, align="right")
        size = NOTE * min(1, (x_end - x) / (face.width(panel.moves, NOTE) + face.width(panel.away, NOTE) + 0.1))
        face.write(figure, panel.moves, x=x, y=below, size=size, colour=GREY)
        face.write(figure, panel.away, x=x_end, y=below, size=size, colour=ACCENT, align="right")
    if has_places(p):
        notes = _notes(p.shape[1], cropped=spec.resize == "crop" and photo.width != photo.height)
        notes[-1] += f" The first {MOST} of {total:,} words." * (total > MOST)
        size = NOTE * min(1, inner / max(face.width(note, NOTE) for note in notes))
        for number, note in enumerate(notes):
            face.write(figure, note, x=MARGIN, y=bottom + MARGIN - 0.05 + 0.17 * number, size=size, colour=GREY)
    return figure


def bounded(words: Sequence[str]) -> list[str]:
    """As many words and letters as a figure has room for, an ellipsis where some are left out."""
    words = [word if len(word) <= LETTERS else f"{word[: LETTERS - 1]}…" for word in words[: MOST + 1]]
    return words if len(words) <= MOST else [*words[: MOST - 1], "…"]


def within(photo: Image.Image, *, x: float, y: float, width: float, height: float) -> dict[str, float]:
    """Where a photo lies in a frame of inches: all of it, in its own shape, in the middle."""
    scale = min(width / photo.width, height / photo.height)
    inner = max(photo.width * scale, THINNEST), max(photo.height * scale, THINNEST)
    return {"x": x + (width - inner[0]) / 2, "y": y + (height - inner[1]) / 2, "width": inner[0], "height": inner[1]}


def _panels(
    photo: Image.Image, words: Sequence[str], p: np.ndarray, spec: ImageSpec, sentinel: np.ndarray | None
) -> list[Panel]:
    """The photo, then a picture for each word."""
    shares = p / np.maximum(p.sum(axis=1, keepdims=True), 1e-12)
    moved = [""] + [f"moved {percent(share)}" for share in np.abs(np.diff(shares, axis=0)).sum(axis=1) / 2]
    away = [""] * len(words) if sentinel is None else [looks_away(share) for share in sentinel]
    pictures = [lit(photo, attention_map(weights, photo.size, spec)) for weights in p]
    largest = [percent(weights.max()) for weights in p]
    return [
        Panel(photo, largest="the photo" if spec.frames == 1 else "the clip"),
        *map(Panel, pictures, words, largest, moved, away),
    ]


def _notes(places: int, *, cropped: bool) -> list[str]:
    """What the reader of a figure must know, in sentences that stay on a line."""
    return [
        "Brightness: weight of the place, from 0 to the word's largest (above the photo). "
        f"{places} places; even attention would be {percent(1 / places)} each.",
        f"A line encloses half of the weight where {percent(COMPACT)} of the photo or less hold it. "
        "Moved: how much of it lay elsewhere at the word before."
        + (" Beside the middle square the network saw nothing." if cropped else ""),
    ]


def _columns(count: int, cell_shape: float) -> int:
    """How many columns make the figure about as wide as a slide, with few empty cells at its end."""

    def fault(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * cell_shape / rows / WIDE)) + (rows * columns - count) / count

    return min(range(1, count + 1), key=fault)


def room(face: canvas.Typeface, words: Sequence[str]) -> float:
    """The width in inches that a caption needs at least."""
    return max([3.5, *(face.width(word, CAPTION) for word in words)])


def write_lines(
    figure: canvas.Figure,
    face: canvas.Typeface,
    words: Sequence[str],
    lines: canvas.Lines,
    *,
    y: float,
    current: int | None = None,
) -> None:
    """Writes a caption from `y` on; with a current word, that word in colour and the others in grey."""
    for row, line in enumerate(lines):
        for number, x in line:
            colour = INK if current is None else ACCENT if number == current else GREY
            face.write(figure, words[number], x=MARGIN + x, y=y + LINE * row, size=CAPTION, colour=colour)


def save_attention_png(
    path: Path,
    photo: Image.Image,
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    *,
    title: str | None = None,
    sentinel: np.ndarray | None = None,
) -> None:
    """Writes `attention_figure` as PNG; arguments and errors are its own."""
    canvas.save_png(attention_figure(photo, words, p, spec, title=title, sentinel=sentinel), path)
