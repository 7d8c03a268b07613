"""The order in which given words are read: which rows have a word at each time, and where they stand.

Rows are photo-major, row = photo · slots + slot. A row leaves when its caption ends, so no recurrence is computed for
words that do not exist; a photo leaves when all its captions have ended and so many with it that moving is worth it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor


class Turn(NamedTuple):
    """One time step; all places are on the device of the words."""

    rows: Int[Tensor, " r"]
    """The rows that have a word now."""
    kept: Int[Tensor, " r"] | None
    """Their places among the rows of the turn before; None when all are still here."""
    photos: Int[Tensor, " b"] | None
    """Places of the remaining photos among those of the turn before; None when all remain."""
    block: Int[Tensor, " r"] | None
    """Where the rows stand in the dense block (photos, slots); None when they fill it."""
    slots: int
    """Slots of the dense block."""
    last: Int[Tensor, " s"]
    """Places among `rows` of those whose last word this is."""


class Plan:
    """All turns of a batch.

    Args:
        lengths: words of each row; 0 or less where a photo has fewer captions than slots.
        photos: number b of photos; rows are photo-major.

    Raises:
        ValueError: no row has a word.
    """

    def __init__(self, lengths: Int[Tensor, " r"], photos: int) -> None:
        self.count = len(lengths)
        self.device = lengths.device
        grid = lengths.view(photos, -1).cpu()  # the loop is decided on the CPU, once
        if not (grid > 0).any():
            raise ValueError("no caption has a word, so there is nothing to read")
        self.silent = (grid.flatten() <= 0).nonzero().squeeze(1).to(self.device)
        self.turns = list(_turns(grid, self.device))
        self.rows = torch.cat([turn.rows for turn in self.turns])
        """The row of each word, (w); words are packed time after time."""
        times = [torch.full_like(turn.rows, time) for time, turn in enumerate(self.turns)]
        self.times = torch.cat(times)
        """The time of each word, (w)."""

    def find(self, rows: Int[Tensor, " m"], times: Int[Tensor, " m"]) -> Int[Tensor, " m"]:
        """Where the words of these rows and times are among all that are read; each must exist."""
        places = self.rows.new_zeros(self.count, len(self.turns))
        places[self.rows, self.times] = torch.arange(len(self.rows), device=self.device)
        return places[rows, times]

    @property
    def even(self) -> bool:
        """Whether every row has a word at every time."""
        return len(self.turns[-1].rows) == self.count

    @property
    def sizes(self) -> list[int]:
        """Words of each time."""
        return [len(turn.rows) for turn in self.turns]


def _turns(lengths: Int[Tensor, "b k"], device: torch.device) -> Iterator[Turn]:
    def place(which: Tensor) -> Tensor:
        return which.nonzero().squeeze(1).to(device)

    photos = torch.arange(len(lengths))
    before = (lengths > 0).flatten().nonzero().squeeze(1)
    for time in range(int(lengths.max())):
        alive = lengths > time
        rows = alive.flatten().nonzero().squeeze(1)
        kept = None if len(rows) == len(before) else place(torch.isin(before, rows))
        speaking = alive[photos].any(dim=1)
        moved = None
        if int(speaking.sum()) <= 0.9 * len(photos):
            photos = photos[speaking]
            moved = place(speaking)
        slots = alive.any(dim=0)
        full = alive[photos][:, slots].flatten()
        block = None if bool(full.all()) else place(full)
        last = place(lengths.flatten()[rows] == time + 1)
        yield Turn(rows.to(device), kept, moved, block, int(slots.sum()), last)
        before = rows
