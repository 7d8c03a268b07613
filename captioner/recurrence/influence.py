"""Which earlier tokens a prediction depends on, by its gradient (Madsen 2019, Distill, "Visualizing memorization").

The influence of token s on the prediction of token t is ‖∂ ln p(x_t | x_<t) / ∂e_s‖, where e_s is the embedding by
which s < t was read. The state before the window that is looked at counts as given.
"""

from copy import deepcopy

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.network import Network
from captioner.recurrence.passage import Passage

ROWS = 512  # predictions that are looked into at once


def influence(network: Network, passage: Passage, *, back: int) -> Float[Tensor, "w back"]:
    """The influence on each token of the one d + 1 before it, for d from 0; nan where the passage begins later.

    Args:
        network: the language model that read the passage.
        passage: w tokens.
        back: how many earlier tokens are asked.

    Raises:
        ValueError: none is asked.
    """
    if back < 1:
        raise ValueError(f"back is {back}, but at least 1 earlier token must be asked")
    network = deepcopy(network).requires_grad_(False)  # of the weights no gradient is needed
    found = passage.logits.new_full((len(passage), back), torch.nan)
    for place in range(1, min(back, len(passage))):  # near the beginning, fewer are there
        found[place, :place] = _asked(network, passage, torch.tensor([place]), place)
    if len(passage) > back:
        for places in torch.split(torch.arange(back, len(passage)), ROWS):
            found[places] = _asked(network, passage, places, back)
    return found


def _asked(network: Network, passage: Passage, places: Int[Tensor, " r"], back: int) -> Float[Tensor, "r back"]:
    """The same for some tokens, each a row with a window of its own."""
    window = places[:, None] + torch.arange(1 - back, 1)  # of `passage.words`, whose entry t is read before token t
    state = passage.state(window[:, 0] - 1)
    assert network.text is not None, "a passage was read by a language model"
    with torch.enable_grad():
        read = network.words(passage.words[window].t()).detach().requires_grad_()  # (back, r, e)
        top, _ = network.core.layers.run(read, state)
        said = nn.functional.cross_entropy(network.text(top[-1]), passage.words[places + 1], reduction="sum")
        (gradient,) = torch.autograd.grad(said, read)
    return gradient.norm(dim=2).flip(0).t()
