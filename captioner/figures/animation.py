"""The attention as an animation: the photo with its caption, word after word."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from captioner.figures import canvas
from captioner.figures.attention import (
    ACCENT,
    CAPTION,
    FOOTER,
    LINE,
    LONGEST,
    MARGIN,
    MOST,
    NOTE,
    SLIMMEST,
    bounded,
    room,
    within,
    write_lines,
)
from captioner.figures.maps import attention_map, check_words, fit, has_places, lit, looks_away, shares_away
from captioner.files import whole
from captioner.images import ImageSpec

FRAME = 3.6  # inches, the longer side of the photo


def save_attention_gif(
    path: Path,
    photo: Image.Image,
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    *,
    seconds: float = 0.8,
    sentinel: np.ndarray | None = None,
) -> None:
    """Writes an animation: the photo with its caption, then a frame for each word, which is marked in the caption.

    Args:
        path: where to write.
        photo: RGB.
        words: t words.
        p: the weights that the network returned, (t,n).
        spec: what part of the photo the network saw.
        seconds: how long each word stays; the first frame stays twice as long.
        sentinel: how much of its attention each word gives to no place, (t); None for what `p` lacks to 1.

    Raises:
        ValueError: `p` or `sentinel` has not one row for each word, or n is not a square number.
    """
    check_words(words, p)
    sentinel = shares_away(words, p, sentinel)
    photo, words, p = fit(photo, LONGEST), bounded(words), p[:MOST]
    face = canvas.Typeface.having(words)
    away = None if sentinel is None else [looks_away(share) for share in sentinel]
    frames = [_frame(photo, face, words, away)]
    if has_places(p):
        frames += [
            _frame(lit(photo, attention_map(weights, photo.size, spec)), face, words, away, current=number)
            for number, weights in enumerate(p)
        ]
    times = [round(2000 * seconds)] + [round(1000 * seconds)] * (len(frames) - 1)
    with whole(path) as temporary:
        frames[0].save(temporary, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)


def _frame(
    photo: Image.Image,
    face: canvas.Typeface,
    words: Sequence[str],
    away: Sequence[str] | None,
    *,
    current: int | None = None,
) -> Image.Image:
    """A picture of 256 colours: the photo, below it the caption, and below that how much the word looks away."""
    width, height = (FRAME * max(side / max(photo.size), SLIMMEST) for side in photo.size)
    inner = max(width, room(face, words))
    lines = face.lines(words, size=CAPTION, width=inner)
    bottom = MARGIN + height + LINE * len(lines)
    figure = canvas.blank(inner + 2 * MARGIN, bottom + MARGIN + (FOOTER if away else 0))
    if away and current is not None:
        face.write(figure, away[current], x=MARGIN, y=bottom + FOOTER, size=NOTE, colour=ACCENT)
    canvas.show(figure, photo, **within(photo, x=MARGIN + (inner - width) / 2, y=MARGIN, width=width, height=height))
    write_lines(figure, face, words, lines, y=MARGIN + height + LINE, current=current)
    image = canvas.as_image(figure)
    # of Pillow's palettes this one keeps the rare colour of the current word
    palette = image.quantize(256, method=Image.Quantize.FASTOCTREE)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
