"""How fast this machine could be at best: the rate of its matrix products and of its memory, measured here and now."""

from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measure import seconds


class Rates(NamedTuple):
    """What the processor, with its threads of this run, does in a second."""

    flops: float
    """Floating-point operations of large matrix products, 2·m·n·k each."""
    bytes: float
    """Bytes read and written by copying."""

    def time(self, flops: float, moved: float) -> float:
        """Seconds that no program with so much to compute and to move can beat here."""
        return max(flops / self.flops, moved / self.bytes)


def measured(device: torch.device, dtype: torch.dtype, *, quick: bool) -> Rates:
    """Medians of products of square matrices, and of copies far larger than the caches."""
    size = 8192 if device.type == "cuda" else 2048
    repeats = 3 if quick else 9
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    product = torch.empty_like(a)
    times = seconds({"product": lambda: torch.mm(a, b, out=product)}, device, repeats=repeats)["product"]
    source = torch.zeros(2**26, device=device)
    target = torch.zeros_like(source)
    copies = seconds({"copy": lambda: target.copy_(source)}, device, repeats=repeats)["copy"]
    return Rates(2 * size**3 / median(times), 2 * source.nbytes / median(copies))


def flops_of(work: Callable[[], Any]) -> float:
    """Floating-point operations of all matrix products and convolutions in a piece of work, backward ones included."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()
