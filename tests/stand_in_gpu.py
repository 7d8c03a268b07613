"""A stand-in for a GPU: tensors that compute on the processor but say that they lie on cuda:0, and mix with no others.

It tells what a GPU would refuse, a tensor left on the processor, and takes the ways that code takes for CUDA. Numbers
are the processor's; speed, half precision and kernels are not shown by it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import tree_leaves, tree_map

GPU = torch.device("cuda:0")
MIXING = {"torch.Tensor.__getitem__", "torch.Tensor.__setitem__", "torch.Tensor.copy_", "torch.Tensor.index_put_"}
"""What CUDA allows with tensors of the processor: it moves them."""


M = TypeVar("M", bound=nn.Module)


class OnGpu(Tensor):
    """A tensor that says it lies on the GPU."""

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Computes on the processor, if all arguments are here."""
        return _call(func, args, kwargs or {})


class StandInGpu(TorchFunctionMode):
    """Within it, the device cuda:0 is there."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Every function and method of torch passes here."""
        return _call(func, args, kwargs or {})


def moved(module: M) -> M:
    """The module with all its parameters and buffers on the stand-in; what was one parameter stays one."""
    there: dict[int, nn.Parameter] = {}
    for part in module.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                new = nn.Parameter(_wrap(parameter.detach()), parameter.requires_grad)
                part._parameters[name] = there.setdefault(id(parameter), new)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = _wrap(buffer)
    return module


def _wrap(value: Any) -> Any:
    return value.as_subclass(OnGpu) if isinstance(value, Tensor) and not isinstance(value, OnGpu) else value


def _plain(value: Any) -> Any:
    return value.as_subclass(Tensor) if isinstance(value, OnGpu) else value


def _call(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    with torch._C.DisableTorchFunction():
        name = resolve_name(func) or getattr(func, "__name__", "")
        tensors = [leaf for leaf in tree_leaves((args, dict(kwargs))) if isinstance(leaf, Tensor)]
        there = [tensor for tensor in tensors if isinstance(tensor, OnGpu)]
        if name == "torch.Tensor.device.__get__" and there:
            return GPU
        if name in ("torch.Tensor.numpy", "torch.Tensor.__array__") and there:
            raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")
        here = [tensor for tensor in tensors if not isinstance(tensor, OnGpu) and tensor.dim() > 0]
        if there and here and name not in MIXING:
            raise RuntimeError(
                f"{name}: expected all tensors to be on cuda:0, but one of {tuple(here[0].shape)} is on cpu"
            )
        target, args, kwargs = _target(name, args, dict(kwargs))
        on_gpu = bool(there) if target is None else target.type == "cuda"
        return tree_map(_wrap if on_gpu else _plain, func(*args, **kwargs))


def _target(
    name: str, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[torch.device | None, list[Any], dict[str, Any]]:
    """The device that a call names, and the call as the processor can take it."""
    target, rest = None, list(args)
    if kwargs.get("device") is not None:
        target = torch.device(kwargs["device"])
        kwargs["device"] = "cpu"
    if name == "torch.Tensor.cpu":
        target = torch.device("cpu")
    if name == "torch.Tensor.to" and len(rest) > 1:
        if isinstance(rest[1], str | torch.device):
            target = torch.device(rest[1])
            rest[1] = "cpu"
        elif isinstance(rest[1], Tensor):
            target = GPU if isinstance(rest[1], OnGpu) else torch.device("cpu")
    return target, rest, kwargs
