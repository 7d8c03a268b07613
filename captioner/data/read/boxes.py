"""Boxes on a grid: how much of each place lies in the union of boxes, exact for any boxes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
Box = tuple[float, float, float, float]  # left, top, right and bottom
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)  # of a photo, in shares of its width and height


def coverage(boxes: Sequence[Box] | Floats, side: int, region: Box = WHOLE) -> Floats:
    """How much of each place lies in the union of the boxes, (n,) in reading order, from 0 to 1.

    Args:
        boxes: (m, 4), left, top, right and bottom in shares of the photo's width and height; none gives zeros.
        side: places along each side of the grid, n = side².
        region: what the grid covers, in the same shares: less than the photo where it was cropped, more where it was
            padded.
    """
    x0, y0, x1, y1 = np.asarray(boxes, float).reshape(-1, 4).T
    across, down = (np.unique(np.concatenate(ends)) for ends in ((x0, x1), (y0, y1)))  # the edges of all boxes
    inside_x = (x0[:, None] <= across[None, :-1]) & (across[None, 1:] <= x1[:, None])
    inside_y = (y0[:, None] <= down[None, :-1]) & (down[None, 1:] <= y1[:, None])
    union = (inside_y.T.astype(int) @ inside_x.astype(int) > 0).astype(float)  # of the pieces between the edges
    return _spread(union, across, down, side, region)


def mask_coverage(mask: Floats, side: int, region: Box = WHOLE) -> Floats:
    """How much of each place a mask covers, (n,) in reading order, from 0 to 1.

    Args:
        mask: (rows, columns) from 0 to 1, stretched over the photo.
        side, region: see `coverage`.
    """
    return _spread(mask, np.linspace(0, 1, mask.shape[1] + 1), np.linspace(0, 1, mask.shape[0] + 1), side, region)


def _spread(pieces: Floats, across: Floats, down: Floats, side: int, region: Box) -> Floats:
    """Pieces (rows, columns) between edges, as shares of the area of each place."""
    left, top, right, bottom = region
    rows, columns = (
        _shared(np.linspace(top, bottom, side + 1), down),
        _shared(np.linspace(left, right, side + 1), across),
    )
    return (rows @ pieces @ columns.T).ravel() * side**2 / ((right - left) * (bottom - top))


def _shared(places: Floats, pieces: Floats) -> Floats:
    """The length that each place shares with each piece, (places, pieces), both given by their edges."""
    ends = np.minimum(places[1:, None], pieces[None, 1:])
    return np.maximum(ends - np.maximum(places[:-1, None], pieces[None, :-1]), 0)
