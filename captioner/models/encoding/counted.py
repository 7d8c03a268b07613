"""A frozen network as a graph that counts in 8 bits: faster where the processor has instructions for it, and rougher.

The ranges of its numbers are those of some photos, so the graph is kept: all splits must see by the same one.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from captioner.files import whole
from captioner.models.encoding.graph import Graph, write_graph
from captioner.models.export.int8 import quantize

CALIBRATING = 32
"""Photos from which the ranges are taken."""


class Counted:
    """The graph in 8 bits of a network, kept in a file.

    Args:
        network: frozen, on the CPU.
        path: of the file; it is written if it is not there.
        photos: pixels (3,y,x) of photos of the kind that it will see.

    Raises:
        ValueError: a package is missing, or torch cannot say the network as a graph.
    """

    def __init__(self, network: nn.Module, path: Path, photos: Iterable[np.ndarray]) -> None:
        if not path.exists():
            some = [pixels for pixels, _ in zip(photos, range(CALIBRATING), strict=False)]
            with whole(path) as new:
                write_graph(network, torch.from_numpy(np.stack(some[:2])), new)
                quantize(new, some)
        self.path = path
        self.encode = Graph(path, torch.get_num_threads())

    @property
    def identity(self) -> dict[str, Any]:
        """What its numbers depend on, as JSON."""
        return {"engine": "int8", "graph": hashlib.sha256(self.path.read_bytes()).hexdigest()}
