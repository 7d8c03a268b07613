"""A network that is about to get its weights from a file: names and shapes, no numbers, no memory, no chance moved."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


@contextmanager
def unfilled() -> Iterator[None]:
    """Whatever is made within lies on the meta device, and what would fill it does nothing.

    To fill weights on the meta device would load torch's compiler, which takes longer than to open a bundle.
    """
    with torch.device("meta"), _Idle():
        yield


class _Idle(TorchFunctionMode):
    """Leaves out all functions that change a tensor in place, such as `normal_`."""

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(function, "__name__", "")
        if name.endswith("_") and not name.endswith("__") and name != "requires_grad_":
            return args[0] if args else None
        return function(*args, **(kwargs or {}))
