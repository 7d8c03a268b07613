"""`--precision auto`: Lightning's name of the number type that the device of a training multiplies fast."""

import logging
from typing import Literal

import torch

from captioner.nn.precision import fast_type

log = logging.getLogger(__name__)


def automatic(accelerator: str) -> Literal["bf16-mixed", "32-true"]:
    """Chooses, and says what.

    Args:
        accelerator: as Lightning names it; `auto` takes the device that Lightning takes.
    """
    own = torch.device("cpu") if accelerator == "cpu" else torch.accelerator.current_accelerator(check_available=True)
    device = own or torch.device("cpu")
    fast = fast_type(device) == torch.bfloat16
    has = "has" if fast else "has no"
    log.info("precision auto: %s, as this %s %s instructions for bfloat16", fast_type(device), device.type, has)
    return "bf16-mixed" if fast else "32-true"
