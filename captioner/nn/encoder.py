"""The CNN encoder: any torchvision classification backbone, cut before its pooling, as a grid of feature vectors.

The network is traced once (torch.fx) and cut into a frozen stem and a trainable tail, so that what never changes can
be computed once and kept (the feature store), and only the tail runs in training:

    pixels ── stem (frozen) ─▶ maps (b,c,y,x) ── tail (the last stages) ── adaptive pooling ─▶ grid v (b,n,d)
"""

from pathlib import Path
from typing import Literal
from urllib.error import URLError

import torch
from jaxtyping import Float
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision import models

from captioner.files import TENSOR_FILES, read_tensors
from captioner.nn.small import SmallCNN

POOLING_FUNCTIONS = (nn.functional.adaptive_avg_pool2d, torch.mean)
POOLING_MODULES = (nn.AdaptiveAvgPool2d,)


class GridEncoder(nn.Module):
    """Turns pixels into a grid v of n = side · side places with d channels (or n = 1 in `global` mode).

    Args:
        name: a torchvision classification model, or `small` for a little CNN to be trained from scratch.
        weights: `none` (random), `default` or a torchvision weight name (downloaded), or a path to a `.pth` or
            `.safetensors` state dict.
        mode: `grid` cuts before the last pooling; `global` takes the one vector from before the classifier.
        side: places along each side, by adaptive average pooling; None keeps the backbone's own grid.
        trainable_stages: how many of the last stages are trained (`stages` lists them); the rest is frozen. Batch-norm
            statistics are frozen everywhere.

    Raises:
        ValueError: unknown name or weights, mismatching keys, or a network without a grid to cut.
    """

    def __init__(
        self,
        name: str = "resnet50",
        weights: str = "default",
        *,
        mode: Literal["grid", "global"] = "grid",
        side: int | None = None,
        trainable_stages: int = 0,
    ) -> None:
        super().__init__()
        model = load_backbone(name, weights).eval()
        graph = fx.Tracer().trace(model)
        stop = _grid_node(model, graph, name) if mode == "grid" else _vector_node(model, graph, name)
        stages = _stages(model, graph)
        if not 0 <= trainable_stages <= len(stages):
            raise ValueError(
                f"trainable_stages is {trainable_stages}, but {name} has {len(stages)} stages: 0 trains none"
            )
        frozen_names = stages[: len(stages) - trainable_stages]
        middle = stop if trainable_stages == 0 else _entry(graph, stages[len(frozen_names)], name)
        self.stem = _fold_batch_norm(_cut(model, graph, None, middle))
        self.tail = _cut(model, graph, middle, stop)
        self.stages = stages
        self.mode = mode
        self.pool = nn.AdaptiveAvgPool2d(side) if side is not None and mode == "grid" else nn.Identity()
        self.to(memory_format=torch.channels_last)
        for parameter in self.stem.parameters():
            parameter.requires_grad_(False)
        self.channels = _channels(self, next(iter(model.parameters())).device)

    @property
    def frozen(self) -> bool:
        """Whether no parameter of the encoder is trained."""
        return not any(parameter.requires_grad for parameter in self.tail.parameters())

    def train(self, mode: bool = True) -> "GridEncoder":
        """Stays in evaluation mode: batch-norm statistics and stochastic depth never run."""
        self.training = mode
        self.stem.eval()
        self.tail.eval()
        return self

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b n d"]:
        """Pixels (normalised as the weights expect) to the grid, places in reading order."""
        return self.finish(self.begin(pixels))

    def begin(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b ..."]:
        """The frozen part, without gradients; with nothing trained and a side given, its pooling as well."""
        with torch.no_grad():
            maps = self.stem(pixels.contiguous(memory_format=torch.channels_last))
            return self.pool(maps) if self.frozen and self.mode == "grid" else maps

    def finish(self, maps: Float[Tensor, "b ..."]) -> Float[Tensor, "b n d"]:
        """The trained part and the pooling; pooling what is pooled already changes nothing."""
        features = self.tail(maps)
        if self.mode == "global":
            return features[:, None]
        return self.pool(features).flatten(2).transpose(1, 2)


def load_backbone(name: str, weights: str) -> nn.Module:
    """A whole torchvision classification model with its weights.

    Raises:
        ValueError: unknown name or weight name, or the file's keys or shapes do not match; the message lists them.
        FileNotFoundError: no such weights file.
        OSError: the download failed.
    """
    if name == "small":
        model: nn.Module = SmallCNN()
        return model if weights == "none" else _fill(model, Path(weights), name)
    names = models.list_models(module=models)
    if name not in names:
        raise ValueError(
            f"unknown encoder {name!r}: give `small` or a torchvision model such as {', '.join(names[:40])}"
        )
    if weights == "none":
        return models.get_model(name, weights=None)
    if weights.endswith(TENSOR_FILES):
        with torch.device("meta"):
            return _fill(models.get_model(name, weights=None), Path(weights), name)
    known = models.get_model_weights(name)
    choice = "DEFAULT" if weights == "default" else weights.split(".")[-1]
    if choice not in known.__members__:
        raise ValueError(
            f"unknown weights {weights!r} for {name}: give none, default, {', '.join(known.__members__)},"
            f" or a path ending in {', '.join(TENSOR_FILES)}"
        )
    try:
        return models.get_model(name, weights=known[choice])
    except URLError as error:
        raise OSError(
            f"the weights {weights} of {name} could not be downloaded ({error.reason}); give a local file as weights"
        ) from None


def _fill(model: nn.Module, path: Path, name: str) -> nn.Module:
    """Loads a file into the model; only the classifier, which the encoder cuts off, may be missing."""
    state, wanted = read_tensors(path), model.state_dict()
    classifier = tuple(child for child, _ in model.named_children())[-1]
    missing = [key for key in wanted if key not in state and not key.startswith(classifier)]
    foreign = [key for key in state if key not in wanted]
    shapes = [key for key in state if key in wanted and state[key].shape != wanted[key].shape]
    for problem, keys in (("missing", missing), ("unknown", foreign), ("of another shape", shapes)):
        if keys:
            raise ValueError(
                f"{path} does not fit {name}: {len(keys)} keys are {problem} ({', '.join(keys[:5])}, …);"
                " were the weights saved from another model?"
            )
    model.load_state_dict(
        {key: value.float() if value.is_floating_point() else value for key, value in state.items()},
        strict=False,
        assign=True,
    )
    return model


def _stages(model: nn.Module, graph: fx.Graph) -> list[str]:
    """Names of the parts that come one after another and hold weights: such as `layer4` or `features.7`."""
    used = set().union(*map(_path, graph.nodes))
    bodies = [name for name, part in model.named_children() if name in ("features", "layers") and name in used]
    body, prefix = (model.get_submodule(bodies[0]), f"{bodies[0]}.") if bodies else (model, "")
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
    modules = dict(part.named_modules())
    for node in list(part.graph.nodes):
        source = node.all_input_nodes[0] if node.all_input_nodes else node
        norm, convolution = modules.get(str(node.target)), modules.get(str(source.target))
        if isinstance(norm, nn.BatchNorm2d) and isinstance(convolution, nn.Conv2d) and len(source.users) == 1:
            part.set_submodule(str(source.target), fuse_conv_bn_eval(convolution, norm))
            node.replace_all_uses_with(source)
            part.graph.erase_node(node)
    part.delete_all_unused_submodules()
    part.recompile()
    return part


@torch.no_grad()
def _channels(encoder: GridEncoder, device: torch.device) -> int:
    """The number of channels d, seen by sending one picture of zeros through on the weights' own device."""
    return int(encoder(torch.zeros(1, 3, 96, 96, device=device)).shape[2])
