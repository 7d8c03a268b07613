"""Chance that hangs on numbers alone (seed, epoch, place): the same in whichever process, and after a restart."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

LARGE = 1_000_003  # a prime, so that seeds of neighbouring epochs and photos do not meet


def chance(*numbers: int) -> int:
    """One seed of several numbers, such as a seed, an epoch and a place; other numbers give another."""
    seed = 0
    for number in numbers:
        seed = seed * LARGE + number
    return seed % 2**63


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Chance hangs on this seed within; afterwards it goes on as if nothing had been drawn."""
    generator = torch.default_generator  # torch.manual_seed would set those of other devices too
    before = generator.get_state()
    generator.manual_seed(seed)
    try:
        yield
    finally:
        generator.set_state(before)
