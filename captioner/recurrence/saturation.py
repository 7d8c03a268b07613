"""Gates that are mostly shut or mostly open: shares of time below 0.1 and above 0.9 (Karpathy et al. 2015, figure 4).

A forget gate that is always open keeps its cell for good, one that is always shut makes the unit one without memory;
arXiv:1506.02078.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from captioner.nn.core.cells import CellName, Gates

SHUT, OPEN = 0.1, 0.9
SIGMOIDS: dict[CellName, str] = {"rnn": "", "lstm": "ifo", "gru": "rz"}
"""The gates of each cell that lie from 0 to 1."""


class Shares(NamedTuple):
    """Shares of time of one gate's units, from 0 to 1."""

    shut: Float[Tensor, "l h"]
    """In which the gate is below 0.1."""
    open: Float[Tensor, "l h"]
    """In which it is above 0.9."""


class Saturation:
    """Counts while a text is read.

    Args:
        cell: whose gates are counted; a vanilla RNN has none.
    """

    def __init__(self, cell: CellName) -> None:
        self.count = 0
        self.shut: dict[str, Tensor | int] = dict.fromkeys(SIGMOIDS[cell], 0)
        self.open: dict[str, Tensor | int] = dict.fromkeys(SIGMOIDS[cell], 0)

    def add(self, gates: Sequence[Gates], counted: Bool[Tensor, "*w"]) -> None:
        """Counts some tokens.

        Args:
            gates: of each layer, (*w, h) by name.
            counted: which of these tokens count.
        """
        self.count += int(counted.sum())
        for name in self.shut:
            values = torch.stack([layer[name][counted] for layer in gates])  # (l, w, h)
            self.shut[name] = self.shut[name] + (values < SHUT).sum(dim=1)
            self.open[name] = self.open[name] + (values > OPEN).sum(dim=1)

    @property
    def shares(self) -> dict[str, Shares]:
        """By the letter of the gate; none where nothing was counted, or the cell has no gates."""
        if not self.count:
            return {}
        return {
            name: Shares(torch.as_tensor(self.shut[name]) / self.count, torch.as_tensor(self.open[name]) / self.count)
            for name in self.shut
        }
