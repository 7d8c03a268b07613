"""How a cluster is shared out: who captions, and what is left for reading, writing and finding out what is done."""

from collections.abc import Mapping
from typing import NamedTuple

LIGHT = 0.25
"""Processors that reading a piece, or writing one, is counted as."""
LEFT = 2
"""Processors that no worker gets: one is for Ray's filter of what is done, without which a run that goes on hangs."""
NODE = 32
"""Workers whose pieces one more processor reads and writes."""
BLOCK = 2**25
"""Bytes of photos that move through the cluster as one block."""
STORE = 10 * BLOCK
"""Bytes of memory for blocks on their way, for each processor of this machine."""


class Shares(NamedTuple):
    """What the workers get.

    Attributes:
        workers: how many there are.
        cpus: processors of each.
        gpus: GPUs of each, 0 or 1.
    """

    workers: int
    cpus: int
    gpus: int

    @property
    def device(self) -> str:
        """Where a worker computes, as torch names it."""
        return "cuda" if self.gpus else "cpu"


def shared(resources: Mapping[str, float], *, torch: bool) -> Shares:
    """A worker for each processor, run by onnxruntime; or one for each GPU, where there are some and torch can use it.

    Args:
        resources: of the cluster, as Ray counts them.
        torch: whether the model can be run by torch.

    Raises:
        ValueError: the cluster is too small.
    """
    cpus, gpus = int(resources.get("CPU", 0)), int(resources.get("GPU", 0)) if torch else 0
    left = cpus - LEFT - cpus // NODE
    if left < max(gpus, 1):
        raise ValueError(f"the cluster has {cpus} processors, and needs {max(gpus, 1) + LEFT + cpus // NODE} at least")
    return Shares(gpus, left // gpus, 1) if gpus else Shares(left, 1, 0)


def rows_of_piece(count: int | None, workers: int) -> int:
    """Photos that are captioned and written together: few enough that workers end together, and at most 1,000.

    Args:
        count: of all photos, if anybody knows.
        workers: how many share them.
    """
    return 1000 if count is None else min(1000, max(16, count // (32 * workers)))
