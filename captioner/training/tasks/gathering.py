"""Exactly-once results across ranks: what was said of each photo, merged by its id before it is scored."""

from collections.abc import Mapping
from typing import TypeVar

import torch.distributed as dist

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
