"""A compiled step gives what the plain one gives, numbers and gradients. Compiling takes a C++ compiler, and time."""

import shutil
from copy import deepcopy

import pytest
import torch

from captioner.nn.fusing import fuse
from captioner.nn.network import Network
from captioner.nn.recurrent import CELLS
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler for processors"),
]
WORDS = torch.tensor([[1, 5, 6, 7], [1, 8, 4, 0], [1, 9, 4, 3], [1, 0, 0, 0]])
LENGTHS = torch.tensor([4, 3, 4, 1])


@pytest.mark.parametrize("attention", ["additive", "dot"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_compiled_step_is_the_plain_one(cell, attention):
    torch.manual_seed(0)
    core = CoreSettings(cell=cell, embedding=8, state=9, grid=10, width=6, attention=attention)
    plain = Network(NetworkSettings(EncoderSettings("small", "none", trainable_stages=2), core), vocabulary=11).eval()
    fused = deepcopy(plain)
    fuse(fused)
    losses, pictures = [], torch.randn(2, 3, 32, 32)
    for network in (plain, fused):
        losses.append(network.caption(network.look(pictures), WORDS, LENGTHS).logits.square().mean())
        losses[-1].backward()
    torch.testing.assert_close(losses[0], losses[1], atol=1e-5, rtol=1e-5)
    for (name, one), other in zip(plain.named_parameters(), fused.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-5, rtol=1e-4, msg=f"{name} has another gradient")
    assert fused.own_state().keys() == plain.own_state().keys()
