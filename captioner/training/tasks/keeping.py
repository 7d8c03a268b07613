"""What the encoder's classifier says, kept while the encoder is trained.

Captions pull its last stages towards the things that they name, and evidence needs the others too; so they learn
without forgetting (Li & Hoiem 2016, arXiv:1606.09282):

    loss = KL(c_before ‖ c) = Σ_k c_before,k (log c_before,k - log c_k)      mean over photos, in nats

c is the classifier's softmax over the mean of the grid; c_before is that of the stages as they were at the start.
"""

import copy
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor

from captioner.nn.core.attention import Memory
from captioner.nn.network import Network


class Keeping:
    """Remembers the trained stages of a network's encoder as they are now.

    Args:
        network: with evidence, and stages of the encoder that are trained.

    Raises:
        ValueError: it has no evidence, or nothing of its encoder is trained.
    """

    def __init__(self, network: Network) -> None:
        if network.evidence is None or network.encoder.frozen:
            raise ValueError(
                "model.keeping keeps what the encoder's classifier says while its stages are trained: it needs evidence"
                " and encoder.trainable_stages; leave it out otherwise"
            )
        self.network, self.evidence = network, network.evidence
        self.tail = copy.deepcopy(network.encoder.tail).eval().requires_grad_(False)

    def to(self, device: torch.device) -> Self:
        """Moves what is remembered."""
        self.tail.to(device)
        return self

    def loss(self, memory: Memory, maps: Float[Tensor, "b ..."]) -> Float[Tensor, ""]:
        """How far the classifier has gone from what it said at the start.

        Args:
            memory: of the photos, as the network sees them now.
            maps: what the frozen stages say of them.
        """
        assert memory.hints is not None, "a network with evidence has hints"
        with torch.no_grad():
            features = self.network.encoder.finish(maps, self.tail)
            before = self.evidence.classify(features.reshape(len(memory.grid), -1, features.shape[2]))
        return torch.nn.functional.kl_div(
            memory.hints.classes.clamp(min=torch.finfo(torch.float32).tiny).log(), before, reduction="batchmean"
        )
