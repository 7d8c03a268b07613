"""Several processes as one: results that are merged by id before they are scored, and means over all that was read."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")


def merge_ranks(mine: Mapping[int, T]) -> dict[int, T]:
    """The results of all ranks, in the order of their ids, each once.

    Samplers repeat photos when they do not divide evenly among ranks; a repeated photo has one id, so it counts once.
    Every rank gets the whole, and so computes the same scores.
    """
    parts: list[Mapping[int, T] | None] = [mine]
    if dist.is_available() and dist.is_initialized():
        parts = [None] * dist.get_world_size()
        dist.all_gather_object(parts, dict(mine))
    merged = {key: value for part in parts if part is not None for key, value in part.items()}
    return dict(sorted(merged.items()))


def shares(*counts: int, device: torch.device) -> Sequence[Tensor | float]:
    """What means over this process's items must be multiplied by, so that their average over processes is the mean.

    DDP averages gradients over processes, and one may have more words in a step than another.

    Args:
        counts: of the items of each mean.
        device: where processes meet.

    Returns:
        For each, own count · processes / count of all; 1 with one process.
    """
    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return [1.0] * len(counts)
    own = torch.tensor(counts, dtype=torch.float32, device=device)
    total = own.clone()
    dist.all_reduce(total)
    return (own * dist.get_world_size() / total.clamp(min=1)).unbind()
