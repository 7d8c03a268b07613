"""The numbers that a training computes with: the type that its device multiplies fast, and none that are tiny."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from captioner.nn.precision import bfloat16_speed, fast_type

log = logging.getLogger(__name__)


def automatic(accelerator: str) -> Literal["bf16-mixed", "32-true"]:
    """Chooses, and says what.

    Args:
        accelerator: as Lightning names it; `auto` takes the device that Lightning takes.
    """
    own = torch.device("cpu") if accelerator == "cpu" else torch.accelerator.current_accelerator(check_available=True)
    device = own or torch.device("cpu")
    fast = fast_type(device)
    if device.type == "cpu":
        log.info("precision auto: %s; bfloat16 is %.2g times as fast as float32 here", fast, bfloat16_speed())
    else:
        has = "has" if fast == torch.bfloat16 else "has no"
        log.info("precision auto: %s, as this %s %s instructions for bfloat16", fast, device.type, has)
    return "bf16-mixed" if fast == torch.bfloat16 else "32-true"


@contextmanager
def tiny_numbers_as_zero() -> Iterator[None]:
    """Takes numbers below 1.2e-38 (denormal ones) as 0, for processors take a hundred times longer for each.

    Probabilities that are as good as 0, and averages of gradients that were 0 for long, become such numbers: after a
    few hundred steps a training may spend most of its time on them. Afterwards the processor is as it was.
    """
    before = float(torch.tensor(1e-39) * 1) == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)
