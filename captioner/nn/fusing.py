"""Small kernels of a step, fused by torch.compile: fewer launches on a GPU. Slow to begin with, and never needed."""

from collections.abc import Callable

import torch
from torch import Tensor

from captioner.nn.core.attention import Memory
from captioner.nn.core.cells import Cut, State
from captioner.nn.network import Network
from captioner.nn.results import Spoken

Speak = Callable[[Memory, Tensor, State, Cut | None], Spoken]


def fuse(network: Network) -> None:
    """Compiles what every word passes, the cell's gates and the attention; the network stays otherwise as it is.

    The shapes are dynamic, since a batch shrinks as captions end. Additive attention on a processor stays as it is: its
    own way (`nn/scores.py`) is the faster one. What is compiled is neither saved nor copied.
    """
    core = network.core
    core.layers.cell = torch.compile(core.layers.cell, dynamic=True)
    attention = core.attention
    if attention is not None and (attention.kind == "dot" or attention.key.weight.device.type != "cpu"):
        attention.compile(dynamic=True)


def fuse_search(network: Network) -> None:
    """Compiles the whole step of a search; on CUDA it is recorded as a graph, whose launch is one instead of dozens.

    A search keeps its number of rows for many words, so few graphs are needed. In training every word has another
    number of rows, and a graph for each would have to be recorded again and again; so `fuse` makes none.
    """
    network.speak = kept(torch.compile(network.speak, mode="reduce-overhead", dynamic=True))  # type: ignore[method-assign, assignment]


def kept(speak: Speak) -> Speak:
    """The same, with results of their own: a graph writes those of the next word over those of the last."""

    def copied(memory: Memory, words: Tensor, state: State, cut: Cut | None) -> Spoken:
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        said = speak(memory, words, state, cut)
        return Spoken(
            said.logits.clone(), State(*(part.clone() for part in said.state)), said.p.clone(), said.gates.clone()
        )

    return copied
