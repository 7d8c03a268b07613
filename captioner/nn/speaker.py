"""The captioner as a `captioner.decoding` stepper: rows are beams, photo-major, and share their photo's memory."""

import torch
from jaxtyping import Int
from torch import Tensor

from captioner.nn.core.attention import Memory
from captioner.nn.core.cells import Cut, State
from captioner.nn.heads.evidence import Hints
from captioner.nn.network import Network
from captioner.nn.results import Spoken


class Speaker:
    """What a search asks word by word.

    Args:
        network: with a caption head.
        memory: of the photos.
        cut: of the network's core, if it was made before; see `captioner.nn.core.cells.Cut`.
    """

    def __init__(self, network: Network, memory: Memory, cut: Cut | None = None) -> None:
        self.network, self.memory = network, memory
        self.cut = cut or network.core.cut()

    @property
    def photos(self) -> int:
        """Number of photos, b."""
        return len(self.memory.grid)

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self.memory.grid.device

    @property
    def hints(self) -> list[Hints]:
        """What the encoder's classifier says of the photos; none without evidence."""
        return [] if self.memory.hints is None else [self.memory.hints]

    def begin(self) -> State:
        """One row a photo."""
        return self.network.core.begin(self.memory)

    def step(self, words: Int[Tensor, " r"], state: State) -> Spoken:
        """Says what may follow these words."""
        return self.network.speak(self.memory, words, state, self.cut)

    def select(self, state: State, rows: Int[Tensor, " r"]) -> State:
        """The state of these rows."""
        return state.select(rows)

    def keep(self, photos: Int[Tensor, " b"]) -> "Speaker":
        """A speaker for these photos only."""
        return Speaker(self.network, self.memory.keep(photos), self.cut)
