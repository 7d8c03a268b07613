"""What every word is compared with and takes its part of: grid and keys, whose gradients are made once for all words.

Autograd makes them word by word: a product of a few rows, as large as the whole grid, and another pass over memory to
add it to the sum of the words before; in bfloat16 that sum is rounded at each. Here a product keeps what it multiplied
and the gradient that came back, and when all words are through, both are put together and multiplied.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


class Notes:
    """What a backward pass has noted of a gradient until all is through.

    The graph holds these notes, so they must not hold the graph: nothing would ever be freed.
    """

    def __init__(self) -> None:
        self._task = -1
        self._pairs: list[tuple[Tensor, Tensor]] = []
        self._sum: Tensor | None = None

    def product(self, left: Float[Tensor, "b r i"], right: Float[Tensor, "b r o"]) -> None:
        """Adds leftᵀ·right, when all is through."""
        self._begin()
        self._pairs.append((left.detach(), right.detach()))

    def sum(self, like: Float[Tensor, "b i o"]) -> Float[Tensor, "b i o"]:
        """Zeros at first, to which more of the gradient may be added."""
        self._begin()
        if self._sum is None:
            self._sum = torch.zeros_like(like)
        return self._sum

    def gradient(self) -> Float[Tensor, "b i o"] | None:
        """All that this backward pass has noted, which is forgotten; None where it was nothing."""
        self._begin()
        pairs, total = self._pairs, self._sum
        self._pairs, self._sum = [], None
        if pairs:
            left, right = (torch.cat(parts, dim=1) for parts in zip(*pairs, strict=True))
            product = left.transpose(1, 2) @ right
            total = product if total is None else total + product
        return total

    def _begin(self) -> None:
        task = torch._C._current_graph_task_id()
        if task != self._task:  # an earlier backward pass that did not ask for this gradient left some of it
            self._task, self._pairs, self._sum = task, [], None


class Shared:
    """A matrix for each photo, which many rows are multiplied with.

    Args:
        matrices: M of each photo.
    """

    def __init__(self, matrices: Float[Tensor, "b i o"]) -> None:
        self.notes = Notes()
        self.matrices: Tensor = _Collect.apply(matrices, self.notes)

    def times(self, x: Float[Tensor, "b r i"]) -> Float[Tensor, "b r o"]:
        """x·M of each photo."""
        return _Multiply.apply(x.to(self.matrices.dtype), self.matrices, False, self.notes)

    def against(self, x: Float[Tensor, "b r o"]) -> Float[Tensor, "b r i"]:
        """x·Mᵀ of each photo."""
        return _Multiply.apply(x.to(self.matrices.dtype), self.matrices, True, self.notes)


class Both(NamedTuple):
    """What a photo's memory shares among all words."""

    grid: Shared
    keys: Shared


class _Collect(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrices: Tensor, notes: Notes) -> Tensor:
        ctx.set_materialize_grads(False)
        ctx.notes = notes
        return matrices.view_as(matrices)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, direct: Tensor | None) -> tuple[Tensor | None, None]:
        """All that came back by products, and what came by other ways."""
        noted = ctx.notes.gradient()
        if noted is None or direct is None:
            return direct if noted is None else noted, None
        return noted + direct, None


class _Multiply(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, matrices: Tensor, turned: bool, notes: Notes) -> Tensor:
        ctx.save_for_backward(x, matrices)
        ctx.turned, ctx.notes = turned, notes
        return x @ (matrices.transpose(1, 2) if turned else matrices)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d: Tensor) -> tuple[Tensor, None, None, None]:
        x, matrices = ctx.saved_tensors
        ctx.notes.product(*((d, x) if ctx.turned else (x, d)))
        return d @ (matrices if ctx.turned else matrices.transpose(1, 2)), None, None, None
