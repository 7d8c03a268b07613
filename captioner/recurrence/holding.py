"""What a language model loses when one unit is held still: the loss with it at its mean, less the loss as it is.

A unit that tells a property need not be used for anything. If the loss does not rise while the unit says the same at
all times, then what it told was not needed, or stands elsewhere too. All units are held at once, each in rows of its
own; a held unit is one of `captioner.recurrence.pinning`: its cell (LSTM) or hidden state does not change.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.cells import RecurrentLayers, State
from captioner.nn.network import Network
from captioner.recurrence.activations import Unit
from captioner.recurrence.passage import Passage

PIECES = 8  # of the passage, read side by side


@torch.no_grad()
def cost_of_holding(network: Network, passage: Passage, units: Sequence[Unit]) -> Float[Tensor, " u"]:
    """By how many nats a token the loss rises while each unit alone is held at its mean over the passage.

    The passage is cut into pieces, each of which begins with the states that the free network had there.

    Args:
        network: the language model that read the passage.
        passage: w tokens, at least one.
        units: u of them.
    """
    count = min(PIECES, len(passage) - 1)  # the first token is read by the free network
    if not units or not count:
        return passage.logits.new_zeros(len(units))
    length = (len(passage) - 1) // count
    begins = torch.arange(count) * length
    words = passage.words[begins[:, None] + torch.arange(1, length + 2)]  # (r, length + 1)
    kept = passage.cell if passage.cell.shape[2] else passage.hidden
    values = torch.stack([kept[:, unit.layer - 1, unit.number].mean() for unit in units])
    losses = _held(network, words.repeat(len(units), 1), passage.state(begins.repeat(len(units))), units, values)
    free = passage.losses[1 : count * length + 1].mean()
    return losses.view(len(units), -1).mean(dim=1) - free


def _held(
    network: Network, words: Int[Tensor, "r t"], state: State, units: Sequence[Unit], values: Float[Tensor, " u"]
) -> Float[Tensor, " r"]:
    """Each row's mean loss; rows are unit-major."""
    assert network.text is not None, "a passage was read by a language model"
    holder = _Holder(network.core.layers, units, values, len(words) // len(units))
    state = holder.hold(state)
    loss = torch.zeros(len(words), dtype=values.dtype)
    for said, after in zip(network.core.say(network.words(words[:, :-1].t())), words[:, 1:].t(), strict=True):
        state = holder.step(said, state)
        loss += nn.functional.cross_entropy(network.text(state.hidden[-1]), after, reduction="none")
    return loss / (words.shape[1] - 1)


class _Holder:
    """Steps of layers in which each unit stays at a value in the rows of its own."""

    def __init__(self, layers: RecurrentLayers, units: Sequence[Unit], values: Float[Tensor, " u"], rows: int) -> None:
        self.layers = layers
        self.places = []  # of each layer: rows, units and values
        for layer in range(len(layers.weight_hh)):
            mine = [number for number, unit in enumerate(units) if unit.layer - 1 == layer]
            at = torch.tensor([number * rows + row for number in mine for row in range(rows)], dtype=torch.long)
            column = torch.tensor([units[number].number for number in mine], dtype=torch.long)
            self.places.append((at, column.repeat_interleave(rows), values[mine].repeat_interleave(rows)))

    def hold(self, state: State) -> State:
        """The state with the held units at their values."""
        hidden, cell = (part.clone() for part in state)
        for layer, (rows, columns, values) in enumerate(self.places):
            (cell if cell.shape[2] else hidden)[layer, rows, columns] = values
        return State(hidden, cell)

    def step(self, said: Float[Tensor, "r gates"], state: State) -> State:
        """One token through layer after layer; what a layer tells the next one is held already."""
        layers: list[State] = []
        for layer, (rows, columns, values) in enumerate(self.places):
            only = State(state.hidden[layer : layer + 1], state.cell[layer : layer + 1])
            if layer:
                said = self.layers.say(layers[-1].hidden[0], layer)
            (hidden, cell), (gates,) = self.layers.step(said, only, layer)
            if cell.shape[2]:  # h = o ⊙ tanh(c), with the c that is held
                cell[0, rows, columns] = values
                values = gates["o"][rows, columns] * torch.tanh(values)
            hidden[0, rows, columns] = values
            layers.append(State(hidden, cell))
        return State(*(torch.cat(parts) for parts in zip(*layers, strict=True)))
