"""Whole classification networks, torchvision's and our own, by name, with weights from where the user has them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import torch
from torch import nn

from captioner.files import TENSOR_FILES, read_tensors
from captioner.images import ImageSpec
from captioner.nn.encoder import lite, timm
from captioner.nn.encoder.small import SmallCNN

_ENDINGS = ", ".join(TENSOR_FILES)


def load_backbone(name: str, weights: str) -> nn.Module:
    """A whole classification model with its weights; those that a file lacks lie on the meta device.

    Raises:
        ValueError: unknown name or weight name, or the file's keys or shapes do not match; the message lists them.
        FileNotFoundError: no such weights file, or its package is not installed.
        OSError: the download failed.
    """
    if name == lite.NAME:
        return _load_lite(weights)
    if name.startswith(timm.PREFIX):
        return _load_timm(name, weights)
    if name == "small":
        if weights != "none" and not weights.endswith(TENSOR_FILES):
            raise ValueError(f"unknown weights {weights!r} for small: give none, or a path ending in {_ENDINGS}")
        return SmallCNN() if weights == "none" else _fill(SmallCNN(), Path(weights), name)
    from torchvision import models  # takes seconds, which the little CNN can do without

    names = models.list_models(module=models)
    if name not in names:
        raise ValueError(
            f"unknown encoder {name!r}: give `small`, {lite.NAME}, timm/NAME or a torchvision classification model:"
            f" {', '.join(names)}"
        )
    if weights == "none":
        return models.get_model(name, weights=None)
    if weights.endswith(TENSOR_FILES):
        return _fill(models.get_model(name, weights=None), Path(weights), name)
    known = models.get_model_weights(name)
    choice = "DEFAULT" if weights == "default" else weights.split(".")[-1]
    if choice not in known.__members__:
        raise ValueError(
            f"unknown weights {weights!r} for {name}: give none, default, {', '.join(each.name for each in known)},"
            f" or a path ending in {_ENDINGS}"
        )
    try:
        return models.get_model(name, weights=known[choice])
    except (URLError, RuntimeError) as error:  # no network; or, said by torch.hub, a download cut short
        reason = getattr(error, "reason", error)
        raise OSError(
            f"the weights {weights} of {name} could not be downloaded ({reason}); give a local file as weights"
        ) from None


def check_image(name: str, image: ImageSpec) -> None:
    """Refuses pixels that are normalised otherwise than the weights of timm's networks, or of our own, expect.

    Raises:
        ValueError: they are.
    """
    if name.startswith(timm.PREFIX):
        timm.check_own_image(name, image)
    mean, std = (lite.MEAN,) * 3, (lite.STD,) * 3
    alike = [abs(a - b) < 1e-3 for a, b in zip((*image.mean, *image.std), (*mean, *std), strict=True)]
    if name == lite.NAME and not all(alike):
        three = [f"[{', '.join([f'{value:.5f}'] * 3)}]" for value in (lite.MEAN, lite.STD)]
        raise ValueError(
            f"{name} was trained on (x - 127) / 128 of 0..255: set data.image.mean to {three[0]} and data.image.std to"
            f" {three[1]}, not {list(image.mean)} and {list(image.std)}"
        )


def usual_image(name: str, image: ImageSpec) -> ImageSpec:
    """What an encoder sees where nothing else is said: of timm's networks, what their weights expect.

    Args:
        name: of the encoder.
        image: what was said.

    Raises:
        ValueError: timm has no such network, or is not installed.
    """
    if not name.startswith(timm.PREFIX):
        return image
    said = {name: value for name, value in vars(image).items() if value != getattr(ImageSpec(), name)}
    return replace(timm.own_image(name), **said)


def _load_timm(name: str, weights: str) -> nn.Module:
    from_file = weights.endswith(TENSOR_FILES)
    if weights not in ("none", "default") and not from_file:
        raise ValueError(
            f"unknown weights {weights!r} for {name}: give none, default, or a path ending in {_ENDINGS};"
            f" other weights of timm are named with a dot, as in timm/resnet50.a1_in1k"
        )
    net = timm.built(name, pretrained=weights == "default")
    return timm.without_head(_fill(net, Path(weights), name) if from_file else net)


def _load_lite(weights: str) -> nn.Module:
    if weights == "none":
        return lite.LiteNet()
    if weights != "default" and not weights.endswith(TENSOR_FILES):
        raise ValueError(
            f"unknown weights {weights!r} for {lite.NAME}: give none, default, or a path ending in {_ENDINGS}"
        )
    path = lite.installed_weights() if weights == "default" else Path(weights)
    return _fill(lite.LiteNet(), path, lite.NAME, renamed=lite.renamed)


def _fill(model: nn.Module, path: Path, name: str, *, renamed: Callable[[str], str] = str) -> nn.Module:
    """Loads a file into the model; what the file lacks goes to the meta device, where it has no numbers."""
    state, wanted = {renamed(key): value for key, value in read_tensors(path).items()}, model.state_dict()
    refuse([key for key in state if key not in wanted], "unknown", path, name)
    refuse([k for k in state if state[k].shape != wanted[k].shape], "of another shape", path, name)
    for key in wanted:
        if key.endswith(".num_batches_tracked"):  # which older files lack, and evaluation never reads
            state.setdefault(key, torch.tensor(0))
    model.to("meta").load_state_dict(
        {key: value.float() if value.is_floating_point() else value for key, value in state.items()},
        strict=False,
        assign=True,
    )
    return model


def refuse(keys: list[str], problem: str, path: Path | str, name: str) -> None:
    """Lists the keys of a weights file, if there are any, that keep it from fitting the network of that name."""
    if keys:
        some = ", ".join(keys[:5]) + (", …" if len(keys) > 5 else "")
        raise ValueError(
            f"{path} does not fit {name}: {len(keys)} keys are {problem} ({some});"
            " were the weights saved from another model?"
        )
