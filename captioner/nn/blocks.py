"""Which rows of a batch still have words: a dense (photos, slots) block that shrinks as captions end."""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor


class Shrunk(NamedTuple):
    """What remains of the block before, as places within it."""

    rows: Int[Tensor, " r"]
    photos: Int[Tensor, " b"] | None
    """None when all photos remain."""


class RowBlock:
    """Which rows of the (photos, slots) block still have words; lives on the CPU, where the loop decides.

    Args:
        lengths: words of each caption, by photo and slot; 0 where a photo has fewer captions than slots.
    """

    def __init__(self, lengths: Int[Tensor, "b k"]) -> None:
        assert lengths.min() >= 0, "a caption cannot have fewer than 0 words"
        self.lengths = lengths
        self.photos = torch.arange(lengths.shape[0])
        self.slots = torch.arange(lengths.shape[1])
        self.rows = torch.arange(lengths.numel())

    def shrink(self, time: int) -> Shrunk | None:
        """Drops photos and slots that are through, when that spares at least a tenth of the rows."""
        here = self.lengths[self.photos][:, self.slots] > time
        photos, slots = here.any(dim=1).nonzero().squeeze(1), here.any(dim=0).nonzero().squeeze(1)
        if len(photos) * len(slots) > 0.9 * here.numel():
            return None
        rows = (photos[:, None] * len(self.slots) + slots).flatten()
        fewer_photos = None if len(photos) == len(self.photos) else photos
        self.photos, self.slots, self.rows = self.photos[photos], self.slots[slots], self.rows[rows]
        return Shrunk(rows, fewer_photos)

    def alive(self, time: int) -> Tensor:
        """Places within the block of the rows that have a word at this time."""
        return (self.lengths.view(-1)[self.rows] > time).nonzero().squeeze(1)

    def last(self, time: int) -> Tensor:
        """Places within the block of the rows whose last word this is; at time -1, of the rows without words."""
        return (self.lengths.view(-1)[self.rows] == time + 1).nonzero().squeeze(1)
