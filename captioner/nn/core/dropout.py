"""Dropout (Srivastava et al. 2014) whose random numbers cost little on a processor.

torch draws a number of its own for each value there, some ten nanoseconds each. Here numpy's fastest generator, which
torch's seeds, draws 64 bits for four values at a time.
"""

import numpy as np
import torch
from torch import Tensor, nn

LEVELS = 2**16
"""Of a random number; the probability is rounded to one of them."""


class Dropout(nn.Dropout):
    """torch's own, but for the random numbers of a processor."""

    def forward(self, input: Tensor) -> Tensor:
        """Each value is dropped with probability p, or divided by 1 - p, so that its mean stays; in training only."""
        if not self.training or self.p == 0 or input.device.type != "cpu" or torch.compiler.is_compiling():
            return super().forward(input)
        return input * scales(input, self.p)


def scales(like: Tensor, p: float) -> Tensor:
    """By what each value is multiplied, 0 or 1 / (1 - p), in the shape and type of `like`."""
    dropped = round(p * LEVELS)
    if dropped == LEVELS:
        return torch.zeros_like(like)
    generator = np.random.SFC64(int(torch.randint(2**62, ())))
    drawn = torch.from_numpy(generator.random_raw(-(-like.numel() // 4)).view(np.int16))
    kept = drawn[: like.numel()] >= dropped - LEVELS // 2
    return kept.view(like.shape).to(like.dtype).mul_(LEVELS / (LEVELS - dropped))
