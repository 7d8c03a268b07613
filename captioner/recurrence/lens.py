"""What the state alone would say next, layer by layer: the head, put on each layer's hidden state.

A language model's head reads the top layer. All layers are equally wide, so it can be put on the lower ones too, which
were never trained for it: a token that it names there is a hint, not what the layer means. A head for captions also
reads what was seen and the word before, so it cannot be put on a state alone.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from captioner.nn.network import Network


class Lens(NamedTuple):
    """The likeliest next tokens after each of w tokens, by each layer; the last layer's are the network's own."""

    tokens: Int[Tensor, "w l k"]
    probabilities: Float[Tensor, "w l k"]


@torch.no_grad()
def lens(network: Network, hidden: Float[Tensor, "w l h"], *, top: int = 3) -> Lens:
    """The head on every layer.

    Args:
        network: a language model.
        hidden: of every layer, after each token.
        top: tokens named for each layer.
    """
    assert network.text is not None, "there is a head that reads the state alone"
    said = network.text(hidden.flatten(0, 1)).softmax(dim=1).view(*hidden.shape[:2], -1)
    best = said.topk(min(top, said.shape[2]), dim=2)
    return Lens(best.indices, best.values)
