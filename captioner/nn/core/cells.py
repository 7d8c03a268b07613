"""Recurrent cells with every gate in the open, by the equations and parameter layout of torch's own cells.

Vanilla RNN (Elman 1990), LSTM (Hochreiter & Schmidhuber 1997), GRU (Cho et al. 2014); see `torch.nn.LSTMCell`.

A cell's job: take what the input and the last hidden state say to each gate, return the next hidden state h_t, the next
cell state c_t (empty but for the LSTM), and all gates by name.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.dropout import Dropout
from captioner.nn.core.products import linear, ready

Gates = dict[str, Tensor]


class State(NamedTuple):
    """The memory of all layers between two words; rows are captions, beams or questions."""

    hidden: Float[Tensor, "l r h"]
    cell: Float[Tensor, "l r c"]
    """c = h for the LSTM and 0 for the others."""

    def select(self, rows: Int[Tensor, " s"]) -> "State":
        """The state of these rows, in this order; a row may come more than once."""
        return State(self.hidden.index_select(1, rows), self.cell.index_select(1, rows))

    def split(self, layer: int) -> tuple["State", "State"]:
        """The layers below this one, and those from it on."""
        return State(self.hidden[:layer], self.cell[:layer]), State(self.hidden[layer:], self.cell[layer:])

    def under(self, above: "State") -> "State":
        """These layers with others above them."""
        if not len(self.hidden):
            return above
        return State(torch.cat([self.hidden, above.hidden]), torch.cat([self.cell, above.cell]))

    def detach(self) -> "State":
        """The same numbers, cut from the graph: gradients do not flow further back."""
        return State(self.hidden.detach(), self.cell.detach())


class Cut(NamedTuple):
    """What the input of a layer and what it sees meet of its W_ih, cut out once for many steps.

    The gradient of a cut is as large as the whole matrix, and in bfloat16 each product would convert the cut anew.
    """

    below: Float[Tensor, "gates i"]
    seeing: Float[Tensor, "gates d"]


class CellStep(NamedTuple):
    """What one layer made of one word."""

    hidden: Float[Tensor, "r h"]
    cell: Float[Tensor, "r c"]
    gates: Gates


Cell = Callable[[Tensor, Tensor, Tensor, Tensor], CellStep]


def rnn(x: Tensor, u: Tensor, hidden: Tensor, cell: Tensor) -> CellStep:
    """h = tanh(x + u), where x = W_ih·input + b_ih and u = W_hh·h + b_hh; x, u (r, h)."""
    new = torch.tanh(x + u)
    return CellStep(new, cell, {"h": new})


def lstm(x: Tensor, u: Tensor, hidden: Tensor, cell: Tensor) -> CellStep:
    """c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c'); x, u (r, 4h) in the order i, f, g, o."""
    i, f, g, o = (x + u).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    new_cell = torch.addcmul(f * cell, i, g)
    new = o * torch.tanh(new_cell)
    return CellStep(new, new_cell, {"i": i, "f": f, "g": g, "o": o, "c": new_cell, "h": new})


def gru(x: Tensor, u: Tensor, hidden: Tensor, cell: Tensor) -> CellStep:
    """n = tanh(x_n + r ⊙ u_n), h' = (1 − z) ⊙ n + z ⊙ h; x, u (r, 3h) in the order r, z, n."""
    x_r, x_z, x_n = x.chunk(3, dim=1)
    u_r, u_z, u_n = u.chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + u_r), torch.sigmoid(x_z + u_z)
    n = torch.tanh(torch.addcmul(x_n, r, u_n))
    new = torch.addcmul(n, z, hidden - n)  # as n + z ⊙ (h − n), for which the types may differ
    return CellStep(new, cell, {"r": r, "z": z, "n": n, "h": new})


CellName = Literal["rnn", "lstm", "gru"]
CELLS: dict[CellName, tuple[Cell, int]] = {"rnn": (rnn, 1), "lstm": (lstm, 4), "gru": (gru, 3)}
"""Each cell with its number of gate blocks G: x and u are (r, G·h)."""
KERNELS: dict[CellName, Callable[..., tuple[Tensor, ...]]] = {
    "rnn": torch.rnn_tanh,
    "lstm": torch.lstm,
    "gru": torch.gru,
}
"""What `torch.nn.RNN`, `LSTM` and `GRU` call: all times and layers at once, without showing the gates."""


class RecurrentLayers(nn.Module):
    """A stack of one kind of cell; the state is passed in and returned, the module keeps parameters only.

    Args:
        cell: `rnn`, `lstm` or `gru`.
        inputs: width of the first layer's input.
        size: width h of every hidden state.
        layers: how many, one above the other.
        dropout: probability with which a value is dropped between two layers (0 = none).
        seen: width of what the layer `seen_by` gets beside its input, behind it in W_ih.
        seen_by: that layer; with `layers`, none.
    """

    def __init__(
        self,
        cell: CellName,
        inputs: int,
        size: int,
        *,
        layers: int = 1,
        dropout: float = 0.0,
        seen: int = 0,
        seen_by: int = 0,
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell is {cell!r}, but there are {', '.join(CELLS)}")
        if layers < 1:
            raise ValueError(f"layers is {layers}, but a recurrent network needs at least 1")
        self.cell, blocks = CELLS[cell]
        self.kind, self.size = cell, size
        widths = [inputs] + [size] * (layers - 1)
        if seen_by < layers:
            widths[seen_by] += seen
        self.weight_ih = nn.ParameterList([torch.empty(blocks * size, width) for width in widths])
        self.weight_hh = nn.ParameterList([torch.empty(blocks * size, size) for _ in widths])
        self.bias_ih = nn.ParameterList([torch.empty(blocks * size) for _ in widths])
        self.bias_hh = nn.ParameterList([torch.empty(blocks * size) for _ in widths])
        self.dropout = Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot inputs, orthogonal recurrence (Saxe et al. 2014), and an LSTM that begins by remembering (b_f = 1)."""
        for weight_ih, weight_hh in zip(self.weight_ih, self.weight_hh, strict=True):
            for block in weight_ih.chunk(len(weight_ih) // self.size):
                nn.init.xavier_uniform_(block)
            for block in weight_hh.chunk(len(weight_hh) // self.size):
                nn.init.orthogonal_(block)
        for bias in (*self.bias_ih, *self.bias_hh):
            nn.init.zeros_(bias)
        if self.kind == "lstm":
            for bias in self.bias_ih:
                nn.init.ones_(bias[self.size : 2 * self.size])

    def zeros(self, rows: int, like: Tensor) -> State:
        """The state before anything was read, on the device and in the type of `like`."""
        hidden = like.new_zeros(len(self.weight_hh), rows, self.size)
        return State(hidden, hidden if self.kind == "lstm" else hidden[:, :, :0])

    def cut(self, layer: int, seen: int) -> Cut:
        """The W_ih of a layer that sees, in its two parts, each ready for many products.

        Args:
            layer: which.
            seen: width of what it sees.
        """
        below, seeing = self.weight_ih[layer].split([self.weight_ih[layer].shape[1] - seen, seen], dim=1)
        return Cut(ready(below), ready(seeing))

    def say(
        self, input: Float[Tensor, "*r i"], layer: int, weight: Float[Tensor, "gates i"] | None = None
    ) -> Float[Tensor, "*r gates"]:
        """What a layer's input alone, without what is seen, says to its gates: W_ih·input + b_ih.

        Args:
            input: words, or the hidden state of the layer below.
            layer: which.
            weight: the part of W_ih that meets the input, where the layer sees something besides.
        """
        return linear(input, self.weight_ih[layer] if weight is None else weight, self.bias_ih[layer])

    def step(self, x: Float[Tensor, "r gates"], state: State, first: int = 0) -> tuple[State, list[Gates]]:
        """One word through layers that lie one above the other.

        Args:
            x: what the first of these layers is told by its input, from `say`.
            state: of these layers.
            first: number of the first of them.

        Returns:
            Their next state, and the gates of each layer by name.
        """
        hidden: list[Tensor] = []
        cell: list[Tensor] = []
        gates: list[Gates] = []
        for layer, (old_hidden, old_cell) in enumerate(zip(*state, strict=True), first):
            if layer > first:
                x = self.say(self.dropout(hidden[-1]), layer)
            u = linear(old_hidden, self.weight_hh[layer], self.bias_hh[layer])
            new = self.cell(x, u, old_hidden, old_cell)
            hidden.append(new.hidden)
            cell.append(new.cell)
            gates.append(new.gates)
        return State(torch.stack(hidden), torch.stack(cell)), gates

    def run(self, inputs: Float[Tensor, "t r e"], state: State) -> tuple[Float[Tensor, "t r h"], State]:
        """Many words through all layers in torch's own kernel: what `step` gives one by one, faster, without gates.

        Parameters and gate order are torch's, so the cells of this module and the kernel are the same equations; the
        tests hold both to each other, numbers and gradients.

        Returns:
            The top layer's hidden state at each time, and the state after the last.
        """
        weights = zip(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh, strict=True)
        before = tuple(state) if self.kind == "lstm" else state.hidden
        flat = [parameter for layer in weights for parameter in layer]
        top, hidden, *cell = KERNELS[self.kind](
            inputs,
            before,
            flat,
            has_biases=True,
            num_layers=len(self.weight_hh),
            dropout=self.dropout.p,
            train=self.training,
            bidirectional=False,
            batch_first=False,
        )
        return top, State(hidden, *(cell or [state.cell]))
