"""The language model as a `captioner.decoding` stepper: one text that goes on from what was read."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from captioner.nn.core.cells import State
from captioner.nn.network import Network
from captioner.nn.results import Spoken


class Writer:
    """Writes on, token by token; the search sees one photo, and it is empty.

    Args:
        network: with a text head.
        state: after what was read, all but the last token; one row.
    """

    def __init__(self, network: Network, state: State) -> None:
        assert network.text is not None, "this network is no language model"
        self.network, self.head, self.state = network, network.text, state

    @classmethod
    def after(cls, network: Network, tokens: Sequence[int]) -> "Writer":
        """After these tokens were read; after none, where texts begin."""
        state = network.core.layers.zeros(1, network.words.weight)
        if tokens:
            with torch.no_grad():
                state = network.read(torch.tensor([tokens], device=state.hidden.device), state).state
        return cls(network, state)

    @property
    def photos(self) -> int:
        """One text."""
        return 1

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self.state.hidden.device

    def begin(self) -> State:
        """The state that was given."""
        return self.state

    def step(self, words: Int[Tensor, " r"], state: State) -> Spoken:
        """Says what may follow these tokens."""
        step = self.network.core.step(self.network.core.say(self.network.words(words)), state, None)
        return Spoken(self.head(step.hidden), step.state, step.p, step.hidden[:, :0])

    def select(self, state: State, rows: Int[Tensor, " r"]) -> State:
        """The state of these rows."""
        return state.select(rows)

    def keep(self, photos: Int[Tensor, " b"]) -> "Writer":
        """There is but one text to keep."""
        return self
