"""A cut encoder as plain data, so that a bundle opens without torchvision, which takes seconds to import.

A blueprint holds no weights and no code: layers of `torch.nn` with their settings, and the order in which layers,
functions and methods named here are applied; `building.py` makes a network of it again. Most networks of torchvision
and timm are made of these; one that is not (Swin, for one, has functions of its own) has no blueprint: torchvision or
timm builds it.
"""

import operator
from collections.abc import Callable
from inspect import signature
from typing import Any

import torch
from torch import Tensor, fx, nn

from captioner.nn.encoder.cutting import Parts
from captioner.nn.encoder.padding import SamePad
from captioner.nn.encoder.walking import Walk

Plain = dict[str, Any]
_LAYERS: tuple[type[nn.Module], ...] = (
    *(nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm),
    *(nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh),
    *(nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Dropout, nn.Flatten, nn.Identity),
    SamePad,
)
_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *(operator.add, operator.mul, operator.truediv, operator.sub, operator.floordiv, operator.getitem),
    *(torch.cat, torch.chunk, torch.flatten, torch.permute, torch.transpose, torch.sigmoid, torch.ones_like),
    *(nn.functional.relu, nn.functional.layer_norm, nn.functional.adaptive_avg_pool2d),
    *(nn.functional.max_pool2d, nn.functional.avg_pool2d, nn.functional.scaled_dot_product_attention),
)
_METHODS = (
    *(Tensor.chunk, Tensor.contiguous, Tensor.cumsum, Tensor.expand, Tensor.flatten, Tensor.mean, Tensor.permute),
    *(Tensor.reshape, Tensor.size, Tensor.sum, Tensor.transpose, Tensor.unbind, Tensor.view),
)
OPERATIONS = ("placeholder", "get_attr", "call_function", "call_method", "call_module", "output")
LAYERS = {layer.__name__: layer for layer in _LAYERS}
FUNCTIONS = {function.__name__: function for function in _FUNCTIONS}
METHODS: dict[str, Callable[..., Any]] = {method.__name__: method for method in _METHODS}
KEYWORDS = {
    **dict.fromkeys(("cat", "cumsum", "sum", "mean"), ("dim", "keepdim")),
    "chunk": ("chunks", "dim"),
    "flatten": ("start_dim", "end_dim"),
    "layer_norm": ("weight", "bias", "eps"),
    "scaled_dot_product_attention": ("attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa"),
    "relu": ("inplace",),
    "max_pool2d": ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    "avg_pool2d": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    "adaptive_avg_pool2d": ("output_size",),
}
"""The arguments that functions and methods take by name."""


class NotPlain(ValueError):
    """There is something in the network that a blueprint has no name for."""


def blueprint(parts: Parts) -> Plain | None:
    """What is needed to build the parts again, as JSON; None for a network that has no blueprint."""
    try:
        return {
            "stages": parts.stages,
            "channels": parts.channels,
            "stem": _described(parts.stem),
            "tail": _described(parts.tail),
        }
    except NotPlain:
        return None


def _described(part: nn.Module) -> Plain:
    if isinstance(part, Walk):
        return part.described
    assert isinstance(part, fx.GraphModule)
    modules = dict(part.named_modules())
    layers, weights, nodes = {}, {}, []
    aliases: dict[fx.Node, fx.Node] = {}
    for node in part.graph.nodes:
        path = str(node.target)
        if getattr(node.target, "__name__", "") == "stochastic_depth":  # which never runs in an encoder
            aliases[node] = aliases.get(node.args[0], node.args[0])
            continue
        if node.op == "call_module":
            layers[path] = _layer(modules[path])
        elif node.op == "get_attr":
            weights[path] = list(_weight(part, path).shape)
        args, kwargs = _plain(list(node.args), aliases), {key: _plain(x, aliases) for key, x in node.kwargs.items()}
        nodes.append([node.name, node.op, _name(node), args, kwargs])
    return {"layers": layers, "weights": weights, "nodes": nodes}


def _plain(value: Any, aliases: dict[fx.Node, fx.Node]) -> Any:
    if isinstance(value, fx.Node):
        return {"of": aliases.get(value, value).name}
    if isinstance(value, list):
        return [_plain(each, aliases) for each in value]
    if isinstance(value, tuple):
        return {"tuple": _plain(list(value), aliases)}
    if isinstance(value, slice):
        return {"slice": _plain([value.start, value.stop, value.step], aliases)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise NotPlain(value)


def _name(node: fx.Node) -> str:
    if node.op == "call_function":
        name = getattr(node.target, "__name__", "")
        if FUNCTIONS.get(name) is not node.target:
            raise NotPlain(name)
        return name
    if node.op == "call_method" and node.target not in METHODS:
        raise NotPlain(node.target)
    return str(node.target)


def _layer(layer: nn.Module) -> list[Any]:
    """Its name and what its constructor needs; torch lists the latter as a layer's constants, but for the bias."""
    kind = type(layer)
    if LAYERS.get(kind.__name__) is not kind:
        raise NotPlain(kind)
    known = signature(kind).parameters
    settings = {name: getattr(layer, name) for name in getattr(kind, "__constants__", ()) if name in known}
    if "bias" in known:
        settings["bias"] = getattr(layer, "bias", None) is not None
    return [kind.__name__, settings]


def _weight(part: fx.GraphModule, path: str) -> Tensor:
    owner, _, name = path.rpartition(".")
    weight = getattr(part.get_submodule(owner), name)
    if not isinstance(weight, nn.Parameter):
        raise NotPlain(path)
    return weight
