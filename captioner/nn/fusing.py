"""Small kernels of a step, fused by torch.compile: fewer launches on a GPU. Slow to begin with, and never needed."""

import torch

from captioner.nn.network import Network


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
