"""Networks of timm (Wightman 2019), convolutional or ViT, by their names behind `timm/`: features to a grid.

What timm builds is put together of torch's own layers as far as they give the same numbers, so that a bundle can
describe it (`blueprint.py`) and opens without timm. One that is made of more than that, timm builds again.
"""

import operator
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any

from jaxtyping import Float
from torch import Tensor, fx, nn

from captioner.images import ImageSpec, Interpolation
from captioner.nn.encoder.padding import SamePad

PREFIX = "timm/"
NEAR = 5
"""Names that are told of a misspelt one."""
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "GELU": nn.GELU,
    "GELUTanh": partial(nn.GELU, "tanh"),
    "Swish": nn.SiLU,
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
    "HardSwish": nn.Hardswish,
    "HardSigmoid": nn.Hardsigmoid,
}
"""Torch's layers for timm's of other names."""


class TimmNet(nn.Module):
    """A network of timm without its head: its features as maps, and their mean.

    Args:
        net: the network.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.channels = int(net.num_features)  # type: ignore[arg-type]
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.sides: tuple[int, int] | None = None
        """Of a ViT: patches down and to the right."""
        if hasattr(net, "num_prefix_tokens"):
            self.prefix, self.sides = int(net.num_prefix_tokens), tuple(net.patch_embed.grid_size)  # type: ignore[union-attr,arg-type]

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b d"]:
        """The mean of the maps; captions use the maps themselves, without a ViT's class and register tokens."""
        features = self.net.forward_features(pixels)  # type: ignore[operator]
        if self.sides is not None:
            patches = features[:, self.prefix :].transpose(1, 2)
            features = patches.reshape(-1, self.channels, *self.sides)
        return self.avgpool(features).flatten(1)


def built(name: str, *, pretrained: bool) -> nn.Module:
    """The network of that name, with its weights of the hub or filled anyhow.

    Raises:
        ValueError: there is no such network, or timm is not installed.
        OSError: the download failed.
    """
    known = _known(name)
    if not pretrained:
        return known.create_model(name.removeprefix(PREFIX), pretrained=False)
    try:
        return known.create_model(name.removeprefix(PREFIX), pretrained=True)
    except Exception as error:  # whichever the hub's client and its network layers raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise OSError(
            f"the weights of {name} could not be downloaded ({reason:.200}); give a local file as weights"
        ) from None


def without_head(net: nn.Module) -> TimmNet:
    """The network, made of torch's layers as far as they give the same numbers.

    Raises:
        ValueError: it is neither convolutional nor a ViT.
    """
    if str(getattr(net, "output_fmt", "NCHW")) != "NCHW":
        raise ValueError(f"timm's {type(net).__name__} is neither convolutional nor a ViT; choose one that is")
    return TimmNet(_plain(net))


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, SamePad) or super().is_leaf_module(m, module_qualified_name)


def traced(model: TimmNet, name: str) -> fx.Graph:
    """What the network does, step by step.

    Raises:
        ValueError: it does other things for other photos.
    """
    try:
        graph = _Tracer().trace(model)
    except (fx.proxy.TraceError, TypeError) as error:
        raise ValueError(f"{name} cannot be cut ({error}); choose another network") from None
    for node in graph.nodes:
        if node.target is getattr and node.args[1] == "shape":  # a blueprint asks for sizes by their method
            node.op, node.target, node.args = "call_method", "size", node.args[:1]
        elif node.op == "call_method" and node.target == "mul":  # and multiplies by the operator
            node.op, node.target = "call_function", operator.mul
    return graph


def own_image(name: str) -> ImageSpec:
    """What the weights of a network expect, as timm tells it; photos are squeezed into the square.

    Raises:
        ValueError: there is no such network, or timm is not installed.
    """
    told = _told(name)
    kind: Interpolation = "bicubic" if told["interpolation"] == "bicubic" else "bilinear"
    return ImageSpec(told["input_size"][-1], told["mean"], told["std"], interpolation=kind)


def check_own_image(name: str, image: ImageSpec) -> None:
    """Refuses pixels that are normalised otherwise than the weights expect, or of a size that a ViT cannot take.

    Raises:
        ValueError: they are.
    """
    own, fixed = own_image(name), bool(_told(name).get("fixed_input_size"))
    near = all(abs(a - b) < 5e-3 for a, b in zip((*image.mean, *image.std), (*own.mean, *own.std), strict=True))
    if near and (image.size == own.size or not fixed):
        return
    needs = f"data.image.mean to {list(own.mean)} and data.image.std to {list(own.std)}"
    raise ValueError(
        f"{name} was trained on other pixels: leave data.image out, or set {needs}"
        + f" and data.image.size to {own.size}" * fixed
    )


def _told(name: str) -> dict[str, Any]:
    return _known(name).get_pretrained_cfg(name.removeprefix(PREFIX)).to_dict()


def _known(name: str) -> Any:
    """The part of timm that makes networks, if it knows this one."""
    try:
        from timm import models
    except ImportError:
        raise ValueError(f"{name} needs timm: pip install 'captioner[timm]'") from None
    plain, _, tag = name.removeprefix(PREFIX).partition(".")
    if not models.is_model(plain):
        near = get_close_matches(plain, models.list_models(), NEAR, cutoff=0.5)
        hint = f": did you mean {', '.join(PREFIX + each for each in near)}?" if near else ""
        raise ValueError(f"timm has no network {plain!r:.80}{hint or '; timm.list_models() lists all'}")
    if tag and name.removeprefix(PREFIX) not in (tags := models.list_pretrained(f"{plain}.*")):
        raise ValueError(f"timm has no weights {tag!r:.80} of {plain}: give {', '.join(tags) or plain}")
    return models


def _plain(module: nn.Module) -> nn.Module:
    for name, child in module.named_children():
        module._modules[name] = _same(child)
    return module


def _same(layer: nn.Module) -> nn.Module:
    """Torch's layers that give the same numbers as one of timm's; any other stays, with what is in it replaced."""
    kind = type(layer).__name__
    if not type(layer).__module__.startswith("timm.layers"):
        return _plain(layer)
    if kind in ACTIVATIONS:
        return ACTIVATIONS[kind]()
    if isinstance(layer, nn.BatchNorm2d):
        norm = nn.BatchNorm2d(layer.num_features, layer.eps, layer.momentum)
        norm._parameters, norm._buffers = layer._parameters, layer._buffers
        return nn.Sequential(norm, *(_same(child) for child in layer.children() if not isinstance(child, nn.Identity)))
    if kind == "Conv2dSame" and isinstance(layer, nn.Conv2d):
        pairs: list[Any] = [layer.kernel_size, layer.stride, layer.dilation]
        convolution = nn.Conv2d(
            layer.in_channels,
            layer.out_channels,
            pairs[0],
            pairs[1],
            dilation=pairs[2],
            groups=layer.groups,
            bias=layer.bias is not None,
        )
        convolution._parameters = layer._parameters
        return nn.Sequential(SamePad(*pairs), convolution)
    return _plain(layer)
