"""Cutting a classification network into a frozen stem and a trainable tail, as two torch.fx graphs.

The network is traced once. What never changes can then be computed once and kept (the feature store), and only the tail
runs in training; batch norms of the stem are folded into their convolutions.
"""

from typing import Literal, NamedTuple

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from captioner.nn.encoder import timm
from captioner.nn.encoder.backbones import load_backbone, refuse
from captioner.nn.encoder.walking import Walk

POOLING_FUNCTIONS = (nn.functional.adaptive_avg_pool2d, torch.mean)
POOLING_MODULES = (nn.AdaptiveAvgPool2d,)


class Parts(NamedTuple):
    """A network that has been cut."""

    stem: fx.GraphModule | Walk
    tail: fx.GraphModule | Walk
    """Empty, so that it gives back what it gets, where nothing is trained."""
    stages: list[str]
    """Names of the parts that `trainable_stages` counts, the first ones first."""
    channels: int
    """Of the value at the end of the tail."""


def cut(name: str, weights: str, *, mode: Literal["grid", "global"], trained: int, left_out: int = 0) -> Parts:
    """Loads a network and cuts it; see `GridEncoder` for the arguments and errors.

    Args:
        name: of the network.
        weights: `none`, or what to load.
        mode: whether it ends before the pooling or before the classifier.
        trained: how many of the last used stages the tail has.
        left_out: how many of all stages are not used.
    """
    model = load_backbone(name, weights).eval()
    graph = timm.traced(model, name) if isinstance(model, timm.TimmNet) else fx.Tracer().trace(model)
    stop = _grid_node(model, graph, name) if mode == "grid" else _vector_node(model, graph, name)
    stages = _stages(model, graph)
    if left_out:
        if not (mode == "grid" and 0 < left_out < len(stages)):
            raise ValueError(
                f"stages_left_out is {left_out} in mode {mode}, but of the {len(stages)} stages of {name} up to"
                f" {len(stages) - 1} can be left out, in mode grid: 0 leaves out none"
            )
        if isinstance(model, timm.TimmNet) and model.sides is not None:
            raise ValueError(f"all blocks of {name} give the same grid: leave stages_left_out at 0")
        stop, stages = _entry(graph, stages[-left_out], name), stages[:-left_out]
    if not 0 <= trained <= len(stages):
        raise ValueError(f"trainable_stages is {trained}, but {name} has {len(stages)} stages: 0 trains none")
    told = model.channels if isinstance(model, timm.TimmNet) and not left_out else 0
    channels = told or _channels(model, stop)  # before the cut takes the modules that it needs
    middle = stop if trained == 0 else _entry(graph, stages[len(stages) - trained], name)
    stem, tail = _cut(model, graph, None, middle), _cut(model, graph, middle, stop)
    if weights != "none":  # what the file lacks and the cut did not remove
        needed = [*stem.state_dict().items(), *tail.state_dict().items()]
        refuse([key for key, tensor in needed if tensor.is_meta], "missing", weights, name)
    return Parts(_fold_batch_norm(stem), tail, stages, channels)


def _stages(model: nn.Module, graph: fx.Graph) -> list[str]:
    """Names of the parts that come one after another and hold weights: such as `layer4` or `features.7`."""
    used = set().union(*map(_path, graph.nodes))
    whole, within = (model.net, "net.") if isinstance(model, timm.TimmNet) else (model, "")
    bodies = [name for name, part in whole.named_children() if name in ("features", "layers", "blocks", "stages")]
    body, prefix = (whole.get_submodule(bodies[0]), f"{within}{bodies[0]}.") if bodies else (whole, within)
    parts = [(prefix + name, part) for name, part in body.named_children() if prefix + name in used]
    stages = [name for name, part in parts if any(weight.ndim > 1 for weight in part.parameters())]
    return stages if prefix else stages[:-1]  # without such a body, the last part is the classifier


def _grid_node(model: nn.Module, graph: fx.Graph, name: str) -> fx.Node:
    for node in reversed(graph.nodes):
        module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
        pools = isinstance(module, POOLING_MODULES) or node.target in (*POOLING_FUNCTIONS, "mean")
        if pools and node.op != "placeholder":
            return node.all_input_nodes[0]
    raise ValueError(f"{name} has no spatial pooling, so there is no grid to cut; choose a convolutional network")


def _vector_node(model: nn.Module, graph: fx.Graph, name: str) -> fx.Node:
    if isinstance(model, timm.TimmNet):  # which ends there; the linear layers of a ViT lie within
        return next(node for node in graph.nodes if node.op == "output").all_input_nodes[0]
    for node in reversed(graph.nodes):
        if node.op == "call_module" and isinstance(model.get_submodule(str(node.target)), nn.Linear):
            return node.all_input_nodes[0]
    raise ValueError(f"{name} has no linear classifier to cut before, so there is no global vector; choose mode grid")


def _entry(graph: fx.Graph, stage: str, name: str) -> fx.Node:
    """The one node whose value enters `stage`."""
    nodes = list(graph.nodes)
    inside = [stage in _path(node) for node in nodes]
    late = set(nodes[inside.index(True) :])
    entries = {source for node in late for source in node.all_input_nodes if source not in late}
    if len(entries) != 1:
        raise ValueError(f"{name} cannot be cut before its stage {stage}: {len(entries)} values enter it")
    return entries.pop()


def _path(node: fx.Node) -> set[str]:
    """The names of all modules around a node."""
    return {str(name) for name in node.meta.get("nn_module_stack", {})}


def _cut(model: nn.Module, graph: fx.Graph, start: fx.Node | None, stop: fx.Node) -> fx.GraphModule:
    """The part of the graph from `start` (None: the pixels) to `stop`, with the modules that it needs."""
    needed, open_nodes = set(), [stop]
    while open_nodes:
        node = open_nodes.pop()
        if node is not start and node not in needed:
            needed.add(node)
            open_nodes.extend(node.all_input_nodes)
    part = fx.Graph()
    copies = {start: part.placeholder("maps")} if start is not None else {}
    for node in graph.nodes:
        if node in needed:
            copies[node] = part.node_copy(node, lambda source: copies[source])
    part.output(copies[stop])
    return fx.GraphModule(model, part)


def _fold_batch_norm(part: fx.GraphModule) -> fx.GraphModule:
    """Multiplies each frozen batch norm into the convolution before it: the same numbers, fewer passes."""
    for node in foldable(part):
        source, name = node.all_input_nodes[0], str(node.all_input_nodes[0].target)
        part.set_submodule(name, folded(part, node))
        node.replace_all_uses_with(source)
        part.graph.erase_node(node)
    part.delete_all_unused_submodules()
    part.recompile()
    return part


def foldable(part: fx.GraphModule) -> list[fx.Node]:
    """The batch norms that alone read what a convolution says."""
    modules = dict(part.named_modules())
    found = []
    for node in part.graph.nodes:
        source = node.all_input_nodes[0] if node.all_input_nodes else node
        norm, convolution = modules.get(str(node.target)), modules.get(str(source.target))
        if isinstance(norm, nn.BatchNorm2d) and isinstance(convolution, nn.Conv2d) and len(source.users) == 1:
            found.append(node)
    return found


def folded(part: fx.GraphModule, node: fx.Node) -> nn.Conv2d:
    """The convolution before such a batch norm, with it multiplied in."""
    convolution = part.get_submodule(str(node.all_input_nodes[0].target))
    norm = part.get_submodule(str(node.target))
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(convolution, norm)


def _channels(model: nn.Module, node: fx.Node) -> int:
    """The number of channels d of a node's value, as the last layer that sets it says.

    Sending a picture through the meta device would tell as well, but that loads a second's worth of torch's compiler.
    """
    module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
    for name in ("out_channels", "out_features", "num_features", "num_channels"):
        if hasattr(module, name):
            return int(getattr(module, name))
    if isinstance(module, nn.LayerNorm):
        return module.normalized_shape[-1]
    if node.target is torch.cat:
        return sum(_channels(model, source) for source in node.all_input_nodes)
    sources = [source for source in node.all_input_nodes if source.op != "get_attr"]  # a scale is none
    return _channels(model, sources[0])
