"""The classifier that an encoder was trained with: a linear map from the mean of its grid to classes."""

import torch
from torch import fx, nn

from captioner.nn.encoder.backbones import load_backbone, refuse
from captioner.nn.encoder.cutting import POOLING_FUNCTIONS, POOLING_MODULES

BETWEEN = (nn.Dropout, nn.Flatten, nn.Identity, *POOLING_MODULES)
"""Layers that may stand between the grid and the classifier: they change nothing of the mean."""


def classifier(name: str, weights: str, classes: int) -> nn.Linear:
    """The last layer of a network, if it reads nothing but the mean of the grid.

    Args:
        name: of the network.
        weights: as of `GridEncoder`.
        classes: that it must know.

    Raises:
        ValueError: there is no such layer, or its weights are missing, or of other classes.
        FileNotFoundError, OSError: as `load_backbone`.
    """
    model = load_backbone(name, weights)
    *_, output = fx.Tracer().trace(model.eval()).nodes
    node, found, path = output.args[0], None, ""
    while isinstance(node, fx.Node) and not _pools(model, node):
        module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
        if found is None and isinstance(module, nn.Linear):
            found, path = module, str(node.target)
        elif not isinstance(module, BETWEEN) and node.target not in (torch.flatten, "flatten"):
            node = None
            break
        node = node.args[0]
    if found is None or not isinstance(node, fx.Node):
        raise ValueError(
            f"the classifier of {name} is more than a linear map of the grid's mean, so it gives no evidence of words;"
            " take efficientnet_lite2, an efficientnet or a resnet"
        )
    refuse([f"{path}.{key}" for key, value in found.state_dict().items() if value.is_meta], "missing", weights, name)
    if found.out_features != classes:
        raise ValueError(f"{name} knows {found.out_features} classes, but ImageNet's evidence has {classes}")
    return found


def _pools(model: nn.Module, node: fx.Node) -> bool:
    module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
    return isinstance(module, POOLING_MODULES) or node.target in (*POOLING_FUNCTIONS, "mean")
