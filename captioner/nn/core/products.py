"""Products whose number of rows differs from call to call, made of few different sizes in bfloat16.

On a processor oneDNN multiplies in bfloat16. For each size that it meets it writes machine code, which takes some 5 ms,
longer than most of these products, and it keeps the last thousand. Each batch of captions has another number of words,
and each step another number of captions that go on: without rounding, a training spent two fifths of its time on
writing code.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

SIZES = 8
"""How many sizes there are between a number and its double; an eighth of the rows is added at most."""


def linear(x: Float[Tensor, "*r i"], weight: Float[Tensor, "o i"], bias: Tensor | None = None) -> Float[Tensor, "*r o"]:
    """x·Wᵀ + b; in bfloat16 on a processor, with rows of zeros that make the number of rows a round one."""
    if torch.compiler.is_compiling() or not in_bfloat16(x):  # a compiled or exported step knows any number of rows
        return nn.functional.linear(x, weight, bias)
    rows = x.shape[:-1].numel()
    more = rounded(rows) - rows
    if not more:
        return nn.functional.linear(x, weight, bias)
    filled = nn.functional.pad(x.to(torch.bfloat16).reshape(rows, -1), (0, 0, 0, more))
    return nn.functional.linear(filled, weight, bias)[:rows].view(*x.shape[:-1], -1)


def ready(weight: Tensor) -> Tensor:
    """A weight, or a cut of one, in the type in which it is multiplied.

    Autocast remembers what it made of a parameter, but of a cut makes it anew for each product.
    """
    kind = weight.device.type
    if not torch.amp.is_autocast_available(kind) or not torch.is_autocast_enabled(kind):
        return weight
    return weight.to(torch.get_autocast_dtype(kind))


class Linear(nn.Linear):
    """torch's own, by `linear`; for rows of words, captions or questions, of which each batch has another number."""

    def forward(self, x: Float[Tensor, "*r i"]) -> Float[Tensor, "*r o"]:
        """x·Wᵀ + b."""
        return linear(x, self.weight, self.bias)


def rounded(rows: int) -> int:
    """The next number of at most four binary digits with zeros behind them."""
    step = 1 << max(0, (rows - 1).bit_length() - SIZES.bit_length())
    return -(-rows // step) * step


def in_bfloat16(x: Tensor) -> bool:
    """Whether a product of these numbers is made in bfloat16 on a processor."""
    if x.device.type != "cpu":
        return False
    kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
    return kind == torch.bfloat16
