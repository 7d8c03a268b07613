"""Which number type a device multiplies fast: bfloat16 or float32. On a processor that is measured.

The names of its instructions tell little: without any for bfloat16 it is emulated and far slower than float32; with
some it may still be no faster.
"""

from collections.abc import Callable
from functools import cache
from time import perf_counter

import torch

WORTH = 1.2
"""So many times as fast bfloat16 must be, for it says numbers to three digits only."""
ROWS, WIDTH, ROUNDS = 128, 512, 5
"""A product of a step of a training: its rows are captions, and its width is that of a state."""


def fast_type(device: torch.device) -> torch.dtype:
    """The type for matrix products and convolutions on that device: bfloat16 or float32."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = device.type == "cpu" and bfloat16_speed() >= WORTH
    return torch.bfloat16 if fast else torch.float32


@cache
def bfloat16_speed() -> float:
    """How many times as fast as in float32 this processor makes a product in bfloat16; measured once in a process."""
    return ratio(_product(torch.float32), _product(torch.bfloat16))


def ratio(one: Callable[[], object], other: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """How many times as long the one takes; the quickest of some rounds, in turns, after one to warm up."""
    times: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS + 1):
        for work, seconds in zip((one, other), times, strict=True):
            begun = clock()
            work()
            seconds.append(clock() - begun)
    quickest, others = (max(min(each[1:]), 1e-9) for each in times)
    return quickest / others


def _product(kind: torch.dtype) -> Callable[[], object]:
    """As in a training: weights and results are float32, and autocast makes of them what is multiplied."""
    rows, weight = torch.ones(ROWS, WIDTH), torch.ones(WIDTH, WIDTH)

    @torch.inference_mode()
    def work() -> object:
        with torch.autocast("cpu", kind, enabled=kind != torch.float32):
            return torch.nn.functional.linear(rows, weight).float().tanh()

    return work
