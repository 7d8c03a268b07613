"""A frozen network by the engine, number type and number of threads that are fastest here and now."""

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.choosing import Choice
from captioner.models.encoding.graph import Graph, check_installed, write_graph
from captioner.models.encoding.names import EngineName
from captioner.nn.threads import thread_counts, threads

log = logging.getLogger(__name__)
Encode = Callable[[Float[Tensor, "b 3 y x"]], Float[Tensor, "b ..."]]
AT_ONCE = 2
"""Photos that go through a network together, or one a thread: what lies between its layers then stays in the cache."""
PATIENCE = 3.0
"""Seconds that torch computes before a graph is written, for that takes as long."""


class Fastest:
    """Computes what a frozen network says of photos; all engines give the same numbers, to about 1e-5 of the largest.

    torch begins, since it needs no preparation; once it has computed for as long as that takes, the network is written
    as a graph, and whatever is fastest goes on. So few photos are never late.

    Args:
        network: from pixels to maps, frozen and in evaluation mode, on the CPU.
        engine: `auto`, or the only one to take.
        rough: whether bfloat16 is allowed too, whose numbers are right to about three digits.
        patience: seconds of torch before a graph is written.
        clock: seconds from any beginning on.

    Raises:
        ValueError: onnxruntime is asked for, and the network cannot be written as a graph.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        engine: EngineName = "auto",
        rough: bool = False,
        patience: float = PATIENCE,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        if engine == "onnxruntime":
            check_installed()
        self.network, self.engine, self.rough, self.clock = network, engine, rough, clock
        self.left = patience if engine == "auto" else 0.0 if engine == "onnxruntime" else float("inf")
        self.at_once = max(AT_ONCE, torch.get_num_threads())
        self._compute_by(self._torch())

    def __call__(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b ..."]:
        """Maps in float32, or in bfloat16 where that is allowed and fastest."""
        return torch.cat([self._some(part).float() for part in torch.split(pixels, self.at_once)])

    def _some(self, pixels: Tensor) -> Tensor:
        if self.left <= 0:
            self.left = float("inf")
            self._compute_by(self._all(pixels))
        begun = self.clock()
        with self.choice.piece(len(pixels)) as way:
            maps = self.ways[way](pixels)
        self.left -= self.clock() - begun
        return maps

    def _compute_by(self, ways: dict[str, Encode]) -> None:
        self.ways = ways
        self.choice = Choice("features of photos", list(ways), unit="photos", clock=self.clock)

    def _torch(self) -> dict[str, Encode]:
        types = [torch.float32, torch.bfloat16] if self.rough else [torch.float32]
        return {
            f"torch in {str(kind).removeprefix('torch.')}, {name}": self._by_torch(kind, count)
            for kind in types
            for name, count in thread_counts().items()
        }

    def _by_torch(self, kind: torch.dtype, count: int) -> Encode:
        @torch.no_grad()
        def encode(pixels: Tensor) -> Tensor:
            with threads(count), torch.autocast("cpu", kind, enabled=kind != torch.float32):
                return self.network(pixels.contiguous(memory_format=torch.channels_last))

        return encode

    def _all(self, like: Tensor) -> dict[str, Encode]:
        try:
            graphs = self._graphs(like)
        except ValueError as error:
            if self.engine == "onnxruntime":
                raise
            log.debug("features of photos stay with torch: %s", error)
            return self.ways
        return graphs if self.engine == "onnxruntime" else graphs | self.ways

    def _graphs(self, like: Tensor) -> dict[str, Encode]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "encoder.onnx"
            write_graph(self.network, like, path)
            return {f"onnxruntime in float32, {name}": Graph(path, count) for name, count in thread_counts().items()}
