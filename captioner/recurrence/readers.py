"""What is read while gradients are watched: noise, by fresh cells or trained ones, or the text of a language model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.cells import CellName, RecurrentLayers
from captioner.nn.network import Network


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
