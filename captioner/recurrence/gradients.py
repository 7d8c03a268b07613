"""A gradient on its way back through time: ‖∂loss_T/∂h_t‖ against T − t (Pascanu et al. 2013, arXiv:1211.5063).

Each step back multiplies by ∂h_t/∂h_{t-1}. In a vanilla RNN that is diag(1 − h_t²)·W_hh, so the norm shrinks or grows
geometrically, and the spectral radius of W_hh tells which; a gated cell also has a path on which it is multiplied by a
gate near 1 only.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.network import Network
from captioner.nn.recurrent import CellName, RecurrentLayers

BLOCKS: dict[CellName, str] = {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}
"""The gate that each block of rows of W_hh speaks to."""


class Read(NamedTuple):
    """A sequence that was read, with its graph."""

    loss: Float[Tensor, ""]
    """Of the last time T alone, a mean over rows."""
    hidden: list[list[Tensor]]
    """The hidden states (r,h), for each time and layer."""


class Reader(Protocol):
    """A recurrent network with a sequence before it."""

    @property
    def layers(self) -> RecurrentLayers:
        """Its recurrent layers."""

    def read(self) -> Read:
        """Reads the sequence from its beginning."""


R = TypeVar("R", bound=Reader)


@contextmanager
def _chance(seed: int) -> Iterator[None]:
    """Chance by this seed, which leaves no trace in the global one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@dataclass(frozen=True)
class NoiseReader:
    """Layers that read noise, and after time T are to name a number that has nothing to do with it.

    In double precision, where a gradient that fades over a hundred steps is not yet rounded to 0.

    Attributes:
        layers: of any cell.
        x: what is read, (t,r,e).
        readout: the number that is named is readout · h_T, (h).
        target: the number that should be named, (r).
    """

    layers: RecurrentLayers
    x: Float[Tensor, "t r e"]
    readout: Float[Tensor, " h"]
    target: Float[Tensor, " r"]

    @classmethod
    def fresh(
        cls,
        cell: CellName,
        inputs: int,
        size: int,
        *,
        layers: int = 1,
        length: int = 100,
        rows: int = 16,
        seed: int = 0,
    ) -> "NoiseReader":
        """New layers of the project's own initial weights, before standard normal noise.

        Raises:
            ValueError: there is nothing to read, or no such cell.
        """
        with _chance(seed):
            return cls._before_noise(RecurrentLayers(cell, inputs, size, layers=layers), length, rows)

    @classmethod
    def of_layers(cls, layers: RecurrentLayers, *, length: int = 100, rows: int = 16, seed: int = 0) -> "NoiseReader":
        """A copy of layers that were trained on something else.

        Raises:
            ValueError: there is nothing to read.
        """
        with _chance(seed):
            return cls._before_noise(deepcopy(layers).eval(), length, rows)

    @classmethod
    def _before_noise(cls, layers: RecurrentLayers, length: int, rows: int) -> "NoiseReader":
        _check(length, rows)
        layers = layers.double()
        like = layers.weight_ih[0].detach()
        readout = nn.functional.normalize(torch.randn(layers.size).to(like), dim=0)
        return cls(layers, torch.randn(length, rows, like.shape[1]).to(like), readout, torch.randn(rows).to(like))

    def read(self) -> Read:
        """Reads the noise from a state of zeros; the loss is the squared error of the number."""
        state = self.layers.zeros(self.x.shape[1], self.x)
        hidden = []
        for said in nn.functional.linear(self.x, self.layers.weight_ih[0], self.layers.bias_ih[0]):
            state, gates = self.layers.step(said, state)
            hidden.append([layer["h"] for layer in gates])
        return Read((hidden[-1][-1] @ self.readout - self.target).square().mean(), hidden)


@dataclass(frozen=True)
class TextReader:
    """A language model that reads texts, and after time T is to name the token that follows.

    Attributes:
        network: with a text head; a copy of one, in double precision.
        words: each row a stretch of text, T tokens and the one that follows, (r,T+1).
    """

    network: Network
    words: Int[Tensor, "r t"]

    @classmethod
    def of_text(cls, network: Network, ids: Sequence[int], *, length: int = 100, rows: int = 16) -> "TextReader":
        """Stretches of one text, at even distances.

        Raises:
            ValueError: there is nothing to read, the text is too short, or the network is no language model.
        """
        _check(length, rows)
        if network.text is None:
            raise ValueError(
                "this bundle sees photos and reads no text of its own; leave --text out, and it reads noise"
            )
        if len(ids) <= length:
            raise ValueError(
                f"the text has {len(ids)} tokens, too few to read {length} and name the next; lower --length"
            )
        begins = torch.linspace(0, len(ids) - length - 1, rows).long()
        words = torch.tensor(ids)[begins[:, None] + torch.arange(length + 1)]
        return cls(deepcopy(network).double().eval(), words)

    @property
    def layers(self) -> RecurrentLayers:
        """Those of the network's core."""
        return self.network.core.layers

    def read(self) -> Read:
        """Reads from a state of zeros; the loss is the cross-entropy (nats) of the last token."""
        core, head = self.network.core, self.network.text
        assert head is not None, "checked when it was made"
        state = self.layers.zeros(len(self.words), self.network.words.weight)
        hidden = []
        for said in core.say(self.network.words(self.words[:, :-1].t())):
            step = core.step(said, state, None)
            state = step.state
            hidden.append([layer["h"] for layer in step.gates])
        return Read(nn.functional.cross_entropy(head(hidden[-1][-1]), self.words[:, -1]), hidden)


def _check(length: int, rows: int) -> None:
    if length < 1 or rows < 1:
        raise ValueError(f"length is {length} and rows {rows}, but at least 1 of each must be read")


def flow(reader: Reader) -> Float[Tensor, "l t"]:
    """‖∂loss_T/∂h_t‖, the mean over rows of the rows' norms; entry d of a layer is d = T − t steps back.

    A hidden state counts with all that it does: for the next time, for the layer above and for the loss.
    """
    loss, hidden = reader.read()
    flat = [state for layers in hidden for state in layers]
    norms = [len(row) * row.norm(dim=1).mean() for row in torch.autograd.grad(loss, flat)]  # the loss is a mean of rows
    return torch.stack(norms).view(len(hidden), -1).flip(0).t()


@torch.no_grad()
def spectral_radii(layers: RecurrentLayers) -> list[dict[str, float]]:
    """The largest |eigenvalue| of each gate's block of W_hh, layer by layer."""
    names = BLOCKS[layers.kind]
    return [
        {
            name: float(torch.linalg.eigvals(block).abs().max())
            for name, block in zip(names, weight.chunk(len(names)), strict=True)
        }
        for weight in layers.weight_hh
    ]


@torch.no_grad()
def scaled(reader: R, factor: float) -> R:
    """The same before the same sequence, with every W_hh multiplied by a factor."""
    other = deepcopy(reader)
    for weight in other.layers.weight_hh:
        weight.mul_(factor)
    return other


class Update(NamedTuple):
    """One step of plain gradient descent on the recurrent layers, and how many hidden values it drives to their ends.

    A hidden value beyond ±0.99 is called saturated: almost no gradient passes it any more.
    """

    norm: float
    """‖∂loss_T/∂θ‖ over all weights θ of the layers, before clipping."""
    moved: float
    """Length of the step, as a fraction of ‖θ‖."""
    before: float
    """Share of saturated hidden values before the step."""
    after: float
    """The same after it."""


def update(reader: Reader, *, rate: float, limit: float = torch.inf) -> Update:
    """Tries one step of gradient descent on a copy.

    Args:
        rate: the step is rate times the gradient.
        limit: the gradient is shortened to this norm, its direction kept; by default it is taken as it is.

    Raises:
        ValueError: rate or limit is not above 0.
    """
    if not (rate > 0 and limit > 0):
        raise ValueError(f"rate is {rate} and the limit of clipping {limit}, but both must be above 0")
    tried = deepcopy(reader)
    weights = list(tried.layers.parameters())
    before = tried.read()
    for weight, gradient in zip(weights, torch.autograd.grad(before.loss, weights), strict=True):
        weight.grad = gradient
    length = nn.utils.get_total_norm(weights)
    norm = float(nn.utils.clip_grad_norm_(weights, limit))
    torch.optim.SGD(weights, lr=rate).step()
    moved = rate * min(norm, limit) / float(length)
    return Update(norm, moved, _saturated(before), _saturated(tried.read()))


@torch.no_grad()
def _saturated(read: Read) -> float:
    values = torch.stack([state for layers in read.hidden for state in layers])
    return float((values.abs() > 0.99).double().mean())
