"""An encoder cut at another stage than before: it says the same, and other stages of it are trained.

Batch norms are folded into the convolutions of the frozen stem, and stand by themselves in the tail. So what moves from
the stem to the tail gets batch norms that add the folded bias and do nothing else; what moves back is folded.
"""

import torch
from torch import Tensor, nn

from captioner.nn.encoder.cutting import Parts, foldable, folded


@torch.no_grad()
def take_over(mine: Parts, other: Parts) -> None:
    """Gives an encoder the weights of the same network cut elsewhere.

    Raises:
        ValueError: it is another network.
    """
    state = _folded_state(other)
    own = dict(mine.stem.state_dict())
    for node in foldable(mine.tail):
        name = str(node.all_input_nodes[0].target)
        has_bias = mine.tail.get_submodule(name).bias is not None
        _adding(mine.tail.get_submodule(str(node.target)), None if has_bias else state.pop(f"{name}.bias", None))
    norms = {str(node.target) for node in foldable(mine.tail)}
    own |= {name: value for name, value in mine.tail.state_dict().items() if name.rpartition(".")[0] not in norms}
    if own.keys() != state.keys() or any(own[name].shape != value.shape for name, value in state.items()):
        raise ValueError("the encoder of the bundle is another network than its settings say; was config.json changed?")
    for name, value in state.items():
        own[name].copy_(value)


def _folded_state(parts: Parts) -> dict[str, Tensor]:
    """All weights by their names in the whole network, as if all of it were frozen."""
    state = dict(parts.stem.state_dict())
    tail = dict(parts.tail.state_dict())
    for node in foldable(parts.tail):
        name, convolution = str(node.all_input_nodes[0].target), folded(parts.tail, node)
        tail = {key: value for key, value in tail.items() if key.rpartition(".")[0] != str(node.target)}
        tail |= {f"{name}.{key}": value for key, value in convolution.state_dict().items()}
    return state | tail


def _adding(norm: nn.Module, bias: Tensor | None) -> None:
    """Makes of a batch norm what adds a bias to each channel, or nothing."""
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.fill_(1)
    norm.bias.zero_() if bias is None else norm.bias.copy_(bias)
