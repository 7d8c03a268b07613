"""A stretch of text that a language model reads once more with all its layers in sight, token by token.

Entry t of a passage is about token t: how it was expected from what stands before it, and the states after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from captioner.nn.core.cells import State
from captioner.nn.network import Network


@dataclass(frozen=True, eq=False)
class Passage:
    """Tokens, with what the network made of each.

    Attributes:
        words: the token read before the first, then all w tokens, (w+1).
        logits: of the token after each of `words`, (w+1,v); entry t is what token t was expected by.
        hidden: of every layer after each of `words`, (w+1,l,h).
        cell: likewise, (w+1,l,c); c = h for the LSTM and 0 for the others.
    """

    words: Int[Tensor, " w"]
    logits: Float[Tensor, "w v"]
    hidden: Float[Tensor, "w l h"]
    cell: Float[Tensor, "w l c"]

    def __len__(self) -> int:
        return len(self.words) - 1

    @property
    def losses(self) -> Float[Tensor, " w"]:
        """-ln p of each token, in nats."""
        return torch.nn.functional.cross_entropy(self.logits[:-1], self.words[1:], reduction="none")

    def state(self, places: Int[Tensor, " r"]) -> State:
        """The states after these entries of `words`, side by side as rows."""
        return State(*(part[places].transpose(0, 1) for part in (self.hidden, self.cell)))


@torch.no_grad()
def read_passage(network: Network, before: Sequence[int], ids: Sequence[int]) -> Passage:
    """Reads a passage.

    Args:
        network: a language model.
        before: tokens that are read first, only to know where it is; at least one.
        ids: the tokens of the passage.
    """
    warm = network.read(torch.tensor([before[:-1]])).state if len(before) > 1 else None
    words = torch.tensor([before[-1], *ids])
    logits, _, _, gates = network.read(words[None], warm, gates=True)
    hidden = torch.stack([layer["h"][0] for layer in gates], dim=1)
    cell = torch.stack([layer["c"][0] for layer in gates], dim=1) if "c" in gates[0] else hidden[:, :, :0]
    return Passage(words, logits[0], hidden, cell)
