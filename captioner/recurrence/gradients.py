"""A gradient on its way back through time: ‖∂loss_T/∂h_t‖ against T − t (Pascanu et al. 2013, arXiv:1211.5063).

Each step back multiplies by ∂h_t/∂h_{t-1}. In a vanilla RNN that is diag(1 − h_t²)·W_hh, so the norm shrinks or grows
geometrically, and the spectral radius of W_hh tells which; a gated cell also has a path on which it is multiplied by a
gate near 1 only.
"""

from copy import deepcopy
from typing import NamedTuple, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.core.cells import CellName, RecurrentLayers
from captioner.recurrence.readers import Read, Reader

BLOCKS: dict[CellName, str] = {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}
"""The gate that each block of rows of W_hh speaks to."""
R = TypeVar("R", bound=Reader)


def flow(reader: Reader) -> Float[Tensor, "l t"]:
    """‖∂loss_T/∂h_t‖, the mean over rows of the rows' norms; entry d of a layer is d = T − t steps back.

    A hidden state counts with all that it does: for the next time, for the layer above and for the loss.
    """
    loss, hidden = reader.read()
    flat = [state for layers in hidden for state in layers]
    norms = [len(row) * row.norm(dim=1).mean() for row in torch.autograd.grad(loss, flat)]  # the loss is a mean of rows
    return torch.stack(norms).view(len(hidden), -1).flip(0).t()


@torch.no_grad()
def spectral_radii(layers: RecurrentLayers) -> list[dict[str, float]]:
    """The largest |eigenvalue| of each gate's block of W_hh, layer by layer."""
    names = BLOCKS[layers.kind]
    return [
        {
            name: float(torch.linalg.eigvals(block).abs().max())
            for name, block in zip(names, weight.chunk(len(names)), strict=True)
        }
        for weight in layers.weight_hh
    ]


@torch.no_grad()
def scaled(reader: R, factor: float) -> R:
    """The same before the same sequence, with every W_hh multiplied by a factor."""
    other = deepcopy(reader)
    for weight in other.layers.weight_hh:
        weight.mul_(factor)
    return other


class Update(NamedTuple):
    """One step of plain gradient descent on the recurrent layers, and how many hidden values it drives to their ends.

    A hidden value beyond ±0.99 is called saturated: almost no gradient passes it any more.
    """

    norm: float
    """‖∂loss_T/∂θ‖ over all weights θ of the layers, before clipping."""
    moved: float
    """Length of the step, as a fraction of ‖θ‖."""
    before: float
    """Share of saturated hidden values before the step."""
    after: float
    """The same after it."""


def update(reader: Reader, *, rate: float, limit: float = torch.inf) -> Update:
    """Tries one step of gradient descent on a copy.

    Args:
        rate: the step is rate times the gradient.
        limit: the gradient is shortened to this norm, its direction kept; by default it is taken as it is.

    Raises:
        ValueError: rate or limit is not above 0.
    """
    if not (rate > 0 and limit > 0):
        raise ValueError(f"rate is {rate} and the limit of clipping {limit}, but both must be above 0")
    tried = deepcopy(reader)
    weights = list(tried.layers.parameters())
    before = tried.read()
    for weight, gradient in zip(weights, torch.autograd.grad(before.loss, weights), strict=True):
        weight.grad = gradient
    length = nn.utils.get_total_norm(weights)
    norm = float(nn.utils.clip_grad_norm_(weights, limit))
    torch.optim.SGD(weights, lr=rate).step()
    moved = rate * min(norm, limit) / float(length)
    return Update(norm, moved, _saturated(before), _saturated(tried.read()))


@torch.no_grad()
def _saturated(read: Read) -> float:
    values = torch.stack([state for layers in read.hidden for state in layers])
    return float((values.abs() > 0.99).double().mean())
