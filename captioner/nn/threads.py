"""How many threads torch computes with: more help large products, and wait for each other where a core is busy."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

TOLD = "OMP_NUM_THREADS"


def thread_counts() -> dict[str, int]:
    """The counts that are worth trying, by name: as many as torch has, half of them, and one.

    Where OMP_NUM_THREADS says how many, by which clusters share a machine out, it is that one alone.
    """
    most = torch.get_num_threads()
    tried = (most,) if TOLD in os.environ else (most, (most + 1) // 2, 1)
    return {threads_named(count): count for count in tried}


def fix_threads(count: int) -> None:
    """All work of this process, and of those that it starts, is done with so many."""
    os.environ[TOLD] = str(count)
    torch.set_num_threads(count)


def threads_named(count: int) -> str:
    """As it is said in a sentence."""
    return f"{count} thread{'s' * (count > 1)}"


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Within it torch computes with so many, afterwards with as many as before; 0 changes nothing."""
    before = torch.get_num_threads()
    if count in (0, before):
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
