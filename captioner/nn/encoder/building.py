"""An encoder from its blueprint, which may be a stranger's: every word of it is looked up, none is believed.

Names are letters and digits, layers and functions are those of the lists in `blueprint.py`, settings and arguments have
types and bounds. What is built is a `Walk`: a list of steps, not source.
"""

import keyword
import math
import re
from collections.abc import Callable
from functools import partial
from inspect import signature
from operator import attrgetter
from typing import Any

import torch
from torch import nn

from captioner.nn.encoder.blueprint import FUNCTIONS, KEYWORDS, LAYERS, METHODS, OPERATIONS
from captioner.nn.encoder.cutting import Parts
from captioner.nn.encoder.walking import ITSELF, Of, Step, Walk, names_in

Plain = dict[str, Any]
NODES = 5000
WIDEST, SIDE = 2**16, 64
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,199}", re.ASCII)
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*){0,19}", re.ASCII)


def built(plain: Any) -> Parts:
    """The parts that a blueprint describes, their weights filled anyhow.

    Raises:
        ValueError: it names a layer, a function or a method that no blueprint may have, or is otherwise malformed.
    """
    try:
        stem, tail = _built(plain["stem"]), _built(plain["tail"])
        stages, channels = plain["stages"], plain["channels"]
        _check(isinstance(stages, list) and all(_is_path(each) for each in stages), "stages", stages)
        _check(_is_width(channels), "channels", channels)
        return Parts(stem, tail, list(stages), channels)
    except (KeyError, TypeError, AttributeError, IndexError, RuntimeError) as error:
        raise ValueError(f"the encoder's description is malformed: {_short(error)}") from None


def _built(plain: Plain) -> Walk:
    for path in (*plain["layers"], *plain["weights"]):
        _check(_is_path(path), "path", path)
    pieces: dict[str, Any] = {path: _made(*described) for path, described in plain["layers"].items()}
    pieces |= {path: nn.Parameter(torch.empty(_shape(shape))) for path, shape in plain["weights"].items()}
    (given, op, _, _, _), *inner, (_, last, _, results, _) = plain["nodes"]
    _check((op, last) == ("placeholder", "output") and len(inner) <= NODES, "order of nodes", [op, last])
    known, steps = {_name(given), ITSELF.name}, list[Step]()
    for node in inner:
        step = _step(node, pieces)
        if unknown := [name for name in names_in([*step.args, *step.kwargs.values()]) if name not in known]:
            raise ValueError(f"the encoder's description uses {_short(unknown[0])} before it is there")
        _check(step.name not in known, "second node", step.name)
        known.add(step.name)
        steps.append(step)
    result = _value(results[0])
    _check(type(result) is Of and result.name in known, "result", results)
    return Walk(pieces, given, steps, result.name, plain)


def _step(node: list[Any], pieces: dict[str, Any]) -> Step:
    name, op, target, args, kwargs = node
    _check(isinstance(target, str) and isinstance(args, list), "node", node)
    _check(op in OPERATIONS[1:-1], f"node {_short(op)}, but there are {', '.join(OPERATIONS)}; it has a node", op)
    inputs, named = tuple(_value(each) for each in args), {key: _value(each) for key, each in kwargs.items()}
    if op in ("call_module", "get_attr"):
        if target not in pieces:
            raise ValueError(f"the encoder's description uses {_short(target)}, which it does not describe")
        _check(isinstance(pieces[target], nn.Module) == (op == "call_module"), "use of", target)
        _check(not named and len(inputs) == (op == "call_module"), "arguments of", target)
        piece = pieces[target]
        if isinstance(piece, nn.Module):
            return Step(_name(name), piece, inputs, named)
        return Step(_name(name), attrgetter(target), (ITSELF,), named)  # loading weights puts others in its place
    allowed, kind = (FUNCTIONS, "") if op == "call_function" else (METHODS, "a method ")
    if target not in allowed:
        raise ValueError(f"the encoder's description calls {kind}{_short(target)}, but may call {', '.join(allowed)}")
    if odd := [key for key in named if key not in KEYWORDS.get(target, ())]:
        raise ValueError(f"the encoder's description gives {target} {_short(odd[0])}, which it does not take")
    _check(bool(inputs), "call without arguments", target)
    what = FUNCTIONS[target] if op == "call_function" else METHODS[target]
    return Step(_name(name), what, inputs, named)


def _made(kind: Any, settings: Any) -> nn.Module:
    if not isinstance(kind, str) or kind not in LAYERS:
        raise ValueError(f"the encoder's description has a layer {_short(kind)}, but there are {', '.join(LAYERS)}")
    known = signature(LAYERS[kind]).parameters
    for name, value in settings.items():
        _check(name in known and name in _SETTINGS, f"setting of {kind}", name)
        _check(_SETTINGS[name](value), f"{name} of {kind}", value)
    try:
        return LAYERS[kind](**{name: tuple(x) if isinstance(x, list) else x for name, x in settings.items()})
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"the encoder's description has a {kind} that cannot be: {_short(error)}") from None


def _value(value: Any) -> Any:
    """An argument: a number, an earlier value, or a list of such; never a text."""
    if isinstance(value, list):
        return [_value(each) for each in value]
    if isinstance(value, dict) and len(value) == 1:
        ((kind, inside),) = value.items()
        if kind == "of":
            return Of(_name(inside))
        _check(kind in ("tuple", "slice") and isinstance(inside, list), "argument", value)
        parts = [_value(each) for each in inside]
        if kind == "tuple":
            return tuple(parts)
        _check(all(each is None or type(each) is int for each in parts), "slice", value)
        return slice(*parts)
    number = type(value) in (int, float) and math.isfinite(value) and abs(value) <= WIDEST
    _check(value is None or isinstance(value, bool) or number, "argument", value)
    return value


def _name(name: Any) -> str:
    good = isinstance(name, str) and _NAME.fullmatch(name) and not keyword.iskeyword(name)
    _check(bool(good), "name", name)
    return name


def _shape(shape: Any) -> list[int]:
    _check(isinstance(shape, list) and len(shape) <= 6 and all(_is_width(each) for each in shape), "shape", shape)
    return shape


def _is_path(path: Any) -> bool:
    return isinstance(path, str) and len(path) <= 400 and _PATH.fullmatch(path) is not None


def _is_width(value: Any) -> bool:
    return type(value) is int and 1 <= value <= WIDEST


def _is_widths(value: Any) -> bool:
    return _is_width(value) or (isinstance(value, list) and 1 <= len(value) <= 4 and all(map(_is_width, value)))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1


def _is_axis(value: Any) -> bool:
    return type(value) is int and -8 <= value <= 8


def _is_sides(least: int, value: Any) -> bool:
    """Along one side, or along both."""
    pair = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(type(each) is int and least <= each <= SIDE for each in pair)


_SETTINGS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("in_channels", "out_channels", "groups", "in_features", "out_features"), _is_width),
    **dict.fromkeys(("num_features", "num_groups", "num_channels"), _is_width),
    **dict.fromkeys(("bias", "affine", "elementwise_affine", "track_running_stats", "inplace"), _is_flag),
    **dict.fromkeys(("ceil_mode", "count_include_pad"), _is_flag),
    **dict.fromkeys(("kernel_size", "dilation", "output_size"), partial(_is_sides, 1)),
    **dict.fromkeys(("eps", "p"), _is_share),
    **dict.fromkeys(("start_dim", "end_dim"), _is_axis),
    "stride": partial(_is_sides, 1),
    "padding": lambda value: value in ("same", "valid") or _is_sides(0, value),
    "normalized_shape": _is_widths,
    "momentum": lambda value: value is None or _is_share(value),
    "divisor_override": lambda value: value is None or _is_width(value),
    "return_indices": lambda value: value is False,
    "approximate": lambda value: value in ("none", "tanh"),
    "padding_mode": lambda value: value in ("zeros", "reflect", "replicate", "circular"),
}


def _check(good: bool, what: str, value: Any) -> None:
    if not good:
        raise ValueError(f"the encoder's description has a {what} that may not be: {_short(value)}")


def _short(value: Any) -> str:
    """What a sentence may show of a stranger's value: a little of it, without control characters."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
