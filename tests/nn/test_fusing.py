"""A compiled step gives what the plain one gives, numbers and gradients. Compiling takes a C++ compiler, and time."""

import shutil
from copy import deepcopy

import numpy as np
import pytest
import torch

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.nn.core.attention import Memory
from captioner.nn.core.cells import CELLS, Cut, State
from captioner.nn.fusing import fuse, fuse_search, kept
from captioner.nn.network import Network
from captioner.nn.results import Spoken
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.nn.speaker import Speaker

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


@pytest.mark.parametrize("attention", ["additive", "dot"])
def test_a_compiled_search_finds_what_the_plain_one_finds(attention):
    torch.manual_seed(0)
    core = CoreSettings(embedding=8, state=9, grid=10, width=6, attention=attention)
    network = Network(NetworkSettings(EncoderSettings("small", "none"), core), vocabulary=30).eval()
    pictures, found = torch.randn(5, 3, 32, 32), []
    for prepare in (lambda _: None, fuse_search):
        prepare(network)
        with torch.inference_mode():
            speaker = Speaker(network, network.look(pictures))
            found.append(search(speaker, Decoding(beam=3, max_words=8), start=1, end=2, never=[0, 1]))
    plain, compiled = ([one for photo in each for one in photo] for each in found)
    assert [one.words for one in compiled] == [one.words for one in plain]
    for one, other in zip(compiled, plain, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-4)
        np.testing.assert_allclose(one.p, other.p, rtol=1.3e-6, atol=1e-5)


def test_results_of_a_search_step_are_its_own():
    """As CUDA graphs do, the step writes its results to the same places; the first must not change with the next."""
    network = Network(NetworkSettings(EncoderSettings("small", "none")), vocabulary=11).eval()
    buffer = torch.zeros(3, 4)

    def recorded(memory: Memory, words: torch.Tensor, state: State, cut: Cut | None) -> Spoken:
        buffer.fill_(float(words[0]))
        return Spoken(buffer, State(buffer[None], buffer[None]), buffer, buffer)

    speak = kept(recorded)
    memory, state = network.look(torch.randn(3, 3, 32, 32)), State(buffer[None], buffer[None])
    first = speak(memory, torch.tensor([5, 0, 0]), state, None)
    speak(memory, torch.tensor([7, 0, 0]), state, None)
    for part in (first.logits, first.state.hidden, first.state.cell, first.p):
        assert (part == 5).all()
