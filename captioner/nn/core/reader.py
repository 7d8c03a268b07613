"""A sentence read from both ends (Schuster & Paliwal 1997), whose states are the grid that is attended to.

A word is a place, which knows what stands before it and what behind it (Bahdanau et al. 2015, arXiv:1409.0473, section
3.2). The cells are those of the core, two stacks of them; there is no other recurrence here.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from captioner.nn.core.cells import CellName, RecurrentLayers, State


class TwoWayReader(nn.Module):
    """The states of two recurrent networks, one of which reads the sentence from its end.

    Args:
        embedding: width e of a word.
        cell: `rnn`, `lstm` or `gru`.
        state: width h of the hidden state of each.
        layers: how many recurrent layers each has.
        dropout: probability with which a value is dropped between two layers (0 = none).
    """

    def __init__(
        self, embedding: int, *, cell: CellName = "lstm", state: int = 512, layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.onward = RecurrentLayers(cell, embedding, state, layers=layers, dropout=dropout)
        self.homeward = RecurrentLayers(cell, embedding, state, layers=layers, dropout=dropout)

    @property
    def channels(self) -> int:
        """Channels of a place: both states."""
        return 2 * self.onward.size

    def forward(self, words: Float[Tensor, "b n e"], mask: Bool[Tensor, "b n"]) -> Float[Tensor, "b n c"]:
        """Both states at each word; what lies behind a sentence does not change them.

        Args:
            words: embedded.
            mask: which of them there are; a sentence's come first.
        """
        turned = turn(mask)
        onward = _run(self.onward, words)
        backward = _run(self.homeward, _taken(words, turned))
        return torch.cat([onward, _taken(backward, turned)], dim=2)

    def step(self, words: Float[Tensor, "b 2 e"], states: tuple[State, State]) -> tuple[State, State]:
        """The next word from the front and the next one from the end: what `forward` does, a word at a time.

        Args:
            words: embedded.
            states: of the network that reads onward, and of the other.
        """
        onward = self.onward.step(self.onward.say(words[:, 0], 0), states[0])[0]
        return onward, self.homeward.step(self.homeward.say(words[:, 1], 0), states[1])[0]


def turn(mask: Bool[Tensor, "b n"]) -> Int[Tensor, "b n"]:
    """Where each word of a sentence lies when it is turned round; what lies behind it stays. Twice is not at all."""
    places = torch.arange(mask.shape[1], device=mask.device)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - places, places)


def _taken(x: Float[Tensor, "b n x"], places: Int[Tensor, "b n"]) -> Float[Tensor, "b n x"]:
    return x.gather(1, places[:, :, None].expand_as(x))


def _run(layers: RecurrentLayers, words: Float[Tensor, "b n e"]) -> Float[Tensor, "b n h"]:
    top, _ = layers.run(words.transpose(0, 1), layers.zeros(len(words), words))
    return top.transpose(0, 1)
