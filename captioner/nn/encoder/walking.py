"""A network that a blueprint describes, at work: step by step, as a list says; no source is ever made of it.

What a description from a stranger could do besides is to grow without bounds, so every step that can make more numbers
than it gets is measured before it runs. No step's shape depends on what the numbers are, so the first batch of a shape
is measured for all.
"""

import json
import math
import operator
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from captioner.nn.encoder.padding import SamePad

LEAST, GROWTH = 2**22, 64
"""A value of a network holds at most so many numbers, or so many times those that enter it."""
WORK = 2**40
"""Multiplications a photo, over all layers; torchvision's largest network needs a third."""
ARITHMETIC: tuple[Callable[..., Any], ...] = (
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
)


class Of(NamedTuple):
    """The value of an earlier step."""

    name: str


class Step(NamedTuple):
    """One value of the network: what a layer or a function makes of others."""

    name: str
    what: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


ITSELF = Of("")
"""The network, of which a weight is fetched."""


class Walk(nn.Module):
    """Layers and weights by their paths, and the steps that apply them.

    Args:
        pieces: layers and weights by path, such as `features.0.1`.
        given: the name of the value that enters.
        steps: in their order; each uses values of earlier ones.
        result: the name of the value that leaves.
        described: the description, as JSON.

    Raises:
        KeyError: a path names something that every module has.
    """

    def __init__(
        self,
        pieces: dict[str, nn.Module | nn.Parameter],
        given: str,
        steps: Sequence[Step],
        result: str,
        described: dict[str, Any],
    ) -> None:
        super().__init__()
        for path, piece in pieces.items():
            _place(self, path, piece)
        self.given, self.result, self.described = given, result, described
        self.plan = list(zip(steps, _last_uses(steps, result), strict=True))
        self.measured: set[torch.Size] = set()

    @property
    def code(self) -> str:
        """The description as text, for the fingerprint; no other program reads it."""
        return json.dumps(self.described, sort_keys=True)

    def forward(self, given: Tensor) -> Any:
        """Applies all steps.

        Raises:
            ValueError: a step does not fit the values that it gets, or makes too many of them.
        """
        values: dict[str, Any] = {ITSELF.name: self, self.given: given}
        tracing = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        written = torch.compiler.is_exporting() or tracing  # as a graph, whose batch is of any size
        free = written or given.shape in self.measured
        bounds = None if free else Bounds(given)
        for (name, what, args, kwargs), forgotten in self.plan:
            try:
                inputs = [values[each.name] if type(each) is Of else _filled(each, values) for each in args]
                named = {key: _filled(each, values) for key, each in kwargs.items()} if kwargs else {}
                if bounds is not None:
                    bounds.check(what, inputs, named)
                values[name] = what(*inputs, **named)
            except torch.OutOfMemoryError:
                raise
            except (ValueError, RuntimeError, TypeError, IndexError, AttributeError, ZeroDivisionError) as error:
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                raise ValueError(f"the encoder's description does not fit at {name!r}: {reason}") from None
            for each in forgotten:
                del values[each]
        if bounds is not None:
            self.measured.add(given.shape)
        return values[self.result]


class Bounds:
    """How many numbers a value may hold, and how much work is left, while one batch goes through.

    Args:
        given: what enters, photos along its first axis.
    """

    def __init__(self, given: Tensor) -> None:
        self.most = max(LEAST * len(given), GROWTH * given.numel())
        self.work = WORK * len(given)

    def check(self, what: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """Refuses a step before it runs.

        Raises:
            ValueError: it would make too many numbers, take too long, or counts with what are no numbers.
        """
        size = 0
        if isinstance(what, nn.Conv2d | nn.Linear):
            size = self._layer(what, [*args, *kwargs.values()][0])
        elif what in ARITHMETIC:
            size = _arithmetic(args)
        elif what is torch.cat:
            size = sum(each.numel() for each in args[0])
        elif what is Tensor.expand:
            size = math.prod(max(length, 1) for length in args[1:]) * args[0].numel()
        elif what is nn.functional.scaled_dot_product_attention:
            size = self._looking(*args[:2])
        elif isinstance(what, SamePad):
            axes = enumerate(args[0].shape[-2:])
            size = math.prod([*args[0].shape[:-2], *(length + what.zeros(length, axis) for axis, length in axes)])
        elif isinstance(what, nn.AdaptiveAvgPool2d) or what is nn.functional.adaptive_avg_pool2d:
            wanted = what.output_size if isinstance(what, nn.Module) else [*args, *kwargs.values()][1]
            side = max(wanted) if isinstance(wanted, tuple | list) else wanted
            size = math.prod(args[0].shape[:-2]) * side * side
        if size > self.most:
            raise ValueError(f"{size:,} numbers are more than the {self.most:,} that such photos may become")

    def _looking(self, queries: Tensor, keys: Tensor) -> int:
        """How many weights attention makes; takes its work, for weights and for sums, off what is left."""
        size = queries.shape[:-1].numel() * keys.shape[-2]
        self._spend(2 * size * queries.shape[-1])
        return size

    def _spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise ValueError("the layers up to here take more work than any known network")

    def _layer(self, layer: nn.Conv2d | nn.Linear, value: Tensor) -> int:
        """How many numbers a layer with weights makes; takes its work off what is left."""
        if isinstance(layer, nn.Linear):
            size = value.numel() // max(1, layer.in_features) * layer.out_features
        else:
            padding = (64, 64) if isinstance(layer.padding, str) else layer.padding
            sides = [
                max(1, (length + 2 * pad) // stride + 1)
                for length, pad, stride in zip(value.shape[-2:], padding, layer.stride, strict=True)
            ]
            size = math.prod(value.shape[:-3]) * layer.out_channels * math.prod(sides)
        self._spend(size * (layer.weight.numel() // max(1, len(layer.weight))))
        return size


def _arithmetic(args: Sequence[Any]) -> int:
    """How many numbers two values of which each is one, or a tensor, become."""
    if len(args) != 2 or not all(isinstance(each, Tensor | int | float) for each in args):
        raise ValueError("only numbers and tensors can be counted with")
    if all(isinstance(each, Tensor) for each in args):
        sides = zip_longest(reversed(args[0].shape), reversed(args[1].shape), fillvalue=1)
        return math.prod(map(max, sides))  # as many at most, where they fit at all
    if not any(isinstance(each, Tensor) for each in args) and max(map(abs, args)) > 2**31:
        raise ValueError("a number is too large")
    return 0


def _filled(value: Any, values: dict[str, Any]) -> Any:
    """An argument with the values of earlier steps in place."""
    kind = type(value)
    if kind is Of:
        return values[value.name]
    if kind is list or kind is tuple:
        return kind(_filled(each, values) for each in value)
    return value


def _place(root: nn.Module, path: str, piece: nn.Module | nn.Parameter) -> None:
    *owners, name = path.split(".")
    for owner in owners:
        if owner not in root._modules:
            root.add_module(owner, nn.Module())
        root = root.get_submodule(owner)
    if isinstance(piece, nn.Parameter):
        root.register_parameter(name, piece)
    else:
        root.add_module(name, piece)


def _last_uses(steps: Sequence[Step], result: str) -> list[list[str]]:
    """Which values no step behind this one needs, for each step; so that memory is free again."""
    needed, forgotten = {result, ITSELF.name}, list[list[str]]()
    for step in reversed(steps):
        used = set(names_in([*step.args, *step.kwargs.values(), Of(step.name)]))
        forgotten.append(sorted(used - needed))
        needed |= used
    return forgotten[::-1]


def names_in(value: Any) -> list[str]:
    """The earlier steps that an argument names, however deep."""
    if type(value) is Of:
        return [value.name]
    return [name for each in value for name in names_in(each)] if isinstance(value, list | tuple) else []
