"""The photo once per word, with that word's attention laid over it (after Xu et al. 2015, figures 2 and 3)."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from captioner.figures import canvas
from captioner.figures.maps import attention_map, check_words, fit, has_places, overlay, percent
from captioner.files import whole
from captioner.images import ImageSpec

LONGEST = 480  # pixels of a photo in a figure
WIDE = 16 / 9
# inches
PANEL_AREA, ALONE_AREA = 4.6, 16  # square inches
NARROWEST = 1.5  # a word must fit above its photo
FRAME = 3.6  # longer side of the photo in an animation
MARGIN, GAP, HEADER, LINE = 0.35, 0.22, 0.3, 0.36
# bounds of a figure, whatever is given
SLIMMEST = 0.2  # shorter side of a photo's frame, as a fraction of the longer; a slimmer photo stands in the middle
MOST = 60  # words that are shown
LETTERS = 60  # of a word
THINNEST = 0.02  # inches of a side
# points
CAPTION, WORD, NOTE = 17, 13, 9
INK, GREY, ACCENT = "#14171f", "#7a8090", "#c2410c"


def attention_figure(
    photo: Image.Image, words: Sequence[str], p: np.ndarray, spec: ImageSpec, *, title: str | None = None
) -> canvas.Figure:
    """Draws the photo, then once per word with the word's attention laid over it.

    Brightness is linear from weight 0 to the word's own largest weight, which stands beside the word. Without places
    to choose from (n of 0 or 1) only the photo and the caption are drawn.

    Args:
        photo: RGB.
        words: t words.
        p: the weights that the network returned, (t,n).
        spec: what part of the photo the network saw.
        title: the caption as a sentence; the words by default.

    Raises:
        ValueError: `p` has not one row for each word, or n is not a square number.
    """
    check_words(words, p)
    photo, total = fit(photo, LONGEST), len(words)
    sentence = shown((" ".join(words) if title is None else title).split())
    words, p = shown(words), p[:MOST]
    face = canvas.Typeface.having([*words, *sentence])
    panels = [("", "", photo)]
    if has_places(p):
        panels = [("", "the photo", photo)] + [
            (word, percent(weights.max()), overlay(photo, attention_map(weights, photo.size, spec)))
            for word, weights in zip(words, p, strict=True)
        ]
    shape = min(max(photo.width / photo.height, SLIMMEST), 1 / SLIMMEST)
    area = PANEL_AREA if has_places(p) else ALONE_AREA
    width, height = math.sqrt(area * shape), math.sqrt(area / shape)
    cell_width, cell_height = max(width, NARROWEST) + GAP, height + HEADER + GAP
    columns = _columns(len(panels), cell_width / cell_height)
    rows = math.ceil(len(panels) / columns)
    inner = max(columns * cell_width - GAP, _room(face, sentence))
    title_lines = face.lines(sentence, size=CAPTION, width=inner)
    top = MARGIN + LINE * len(title_lines)
    bottom = top + rows * cell_height - GAP
    figure = canvas.blank(inner + 2 * MARGIN, bottom + MARGIN + (NOTE / 72 if has_places(p) else 0))

    _write_lines(figure, face, sentence, title_lines, y=MARGIN + 0.1)
    for number, (word, remark, image) in enumerate(panels):
        row, column = divmod(number, columns)
        x, y = MARGIN + column * cell_width, top + row * cell_height + HEADER
        left = x + (cell_width - GAP - width) / 2
        canvas.show(figure, image, **_within(photo, x=left, y=y, width=width, height=height))
        x_end = x + cell_width - GAP
        room = x_end - x - face.width(remark, NOTE) - 0.1
        size = WORD * min(1, room / max(face.width(word, WORD), room))
        face.write(figure, word, x=x, y=y - 0.09, size=size, colour=INK)
        face.write(figure, remark, x=x_end, y=y - 0.09, size=NOTE, colour=GREY, align="right")
    if has_places(p):
        note = _note(p.shape[1], cropped=spec.resize == "crop" and photo.width != photo.height)
        note += f" The first {MOST} of {total:,} words." * (total > MOST)
        size = NOTE * min(1, inner / face.width(note, NOTE))
        face.write(figure, note, x=MARGIN, y=bottom + MARGIN - 0.05, size=size, colour=GREY)
    return figure


def shown(words: Sequence[str]) -> list[str]:
    """As many words and letters as a figure has room for, an ellipsis where some are left out."""
    words = [word if len(word) <= LETTERS else f"{word[: LETTERS - 1]}…" for word in words[: MOST + 1]]
    return words if len(words) <= MOST else [*words[: MOST - 1], "…"]


def _within(photo: Image.Image, *, x: float, y: float, width: float, height: float) -> dict[str, float]:
    """Where a photo lies in a frame of inches: all of it, in its own shape, in the middle."""
    scale = min(width / photo.width, height / photo.height)
    inner = max(photo.width * scale, THINNEST), max(photo.height * scale, THINNEST)
    return {"x": x + (width - inner[0]) / 2, "y": y + (height - inner[1]) / 2, "width": inner[0], "height": inner[1]}


def _note(places: int, *, cropped: bool) -> str:
    note = (
        "Brightness: weight of the place, from 0 to the word's largest (above the photo). "
        f"{places} places; even attention would be {percent(1 / places)} each."
    )
    return note + (" Beside the middle square the network saw nothing." if cropped else "")


def _columns(count: int, cell_shape: float) -> int:
    """How many columns make the figure about as wide as a slide, with few empty cells at its end."""

    def fault(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * cell_shape / rows / WIDE)) + (rows * columns - count) / count

    return min(range(1, count + 1), key=fault)


def _room(face: canvas.Typeface, words: Sequence[str]) -> float:
    """The width in inches that a caption needs at least."""
    return max([3.5, *(face.width(word, CAPTION) for word in words)])


def _write_lines(
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
    path: Path, photo: Image.Image, words: Sequence[str], p: np.ndarray, spec: ImageSpec, *, title: str | None = None
) -> None:
    """Writes `attention_figure` as PNG; arguments and errors are its own."""
    canvas.save_png(attention_figure(photo, words, p, spec, title=title), path)


def save_attention_gif(
    path: Path, photo: Image.Image, words: Sequence[str], p: np.ndarray, spec: ImageSpec, *, seconds: float = 0.8
) -> None:
    """Writes an animation: the photo with its caption, then a frame for each word, which is marked in the caption.

    Args:
        path: where to write.
        photo: RGB.
        words: t words.
        p: the weights that the network returned, (t,n).
        spec: what part of the photo the network saw.
        seconds: how long each word stays; the first frame stays twice as long.

    Raises:
        ValueError: `p` has not one row for each word, or n is not a square number.
    """
    check_words(words, p)
    photo, words, p = fit(photo, LONGEST), shown(words), p[:MOST]
    face = canvas.Typeface.having(words)
    frames = [_frame(photo, face, words)]
    if has_places(p):
        frames += [
            _frame(overlay(photo, attention_map(weights, photo.size, spec)), face, words, current=number)
            for number, weights in enumerate(p)
        ]
    times = [round(2000 * seconds)] + [round(1000 * seconds)] * (len(frames) - 1)
    with whole(path) as temporary:
        frames[0].save(temporary, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)


def _frame(
    photo: Image.Image, face: canvas.Typeface, words: Sequence[str], *, current: int | None = None
) -> Image.Image:
    """A picture of 256 colours: the photo, below it the caption."""
    width, height = (FRAME * max(side / max(photo.size), SLIMMEST) for side in photo.size)
    inner = max(width, _room(face, words))
    lines = face.lines(words, size=CAPTION, width=inner)
    figure = canvas.blank(inner + 2 * MARGIN, height + LINE * len(lines) + 2 * MARGIN)
    canvas.show(figure, photo, **_within(photo, x=MARGIN + (inner - width) / 2, y=MARGIN, width=width, height=height))
    _write_lines(figure, face, words, lines, y=MARGIN + height + LINE, current=current)
    image = canvas.as_image(figure)
    # of Pillow's palettes this one keeps the rare colour of the current word
    palette = image.quantize(256, method=Image.Quantize.FASTOCTREE)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
