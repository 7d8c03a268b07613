"""A clip as a film strip: what is seen at its instants, side by side, so that all figures of photos show clips too."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

GAP = 0.02
"""Of the strip's height: the black between two frames."""


def strip(frames: Sequence[Image.Image]) -> Image.Image:
    """The frames from left to right, as large as the first; one frame is itself.

    Args:
        frames: RGB, at least one.
    """
    if len(frames) == 1:
        return frames[0]
    size = frames[0].size
    film = Image.new("RGB", (len(frames) * size[0], size[1]))
    for frame, left in zip(frames, edges(film.width, len(frames)), strict=False):
        film.paste(frame if frame.size == size else frame.resize(size, Image.Resampling.BICUBIC), (left, 0))
    line = max(1, round(GAP * size[1] / 2))
    for left in edges(film.width, len(frames))[1:-1]:
        film.paste((0, 0, 0), (left - line, 0, left + line, size[1]))
    return film


def edges(width: int, frames: int) -> list[int]:
    """Where the frames of a strip of that width begin, and where the last one ends, in pixels."""
    return [round(edge) for edge in np.linspace(0, width, frames + 1)]
