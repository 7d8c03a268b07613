"""On a GPU everything stays there, and gives what the processor gives; shown with the stand-in of `stand_in_gpu`."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.nn.network import Network
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, NetworkSettings
from captioner.nn.speaker import Speaker
from captioner.nn.writer import Writer
from tests.stand_in_gpu import OnGpu, StandInGpu, moved

WORDS = torch.tensor([[1, 5, 6, 7], [1, 8, 4, 0], [0, 0, 0, 0], [1, 9, 4, 3], [1, 0, 0, 0], [1, 4, 0, 0]])
LENGTHS = torch.tensor([4, 3, 0, 4, 1, 2])
CORES = [
    {"cell": "lstm", "attention": "additive", "positions": True},
    {"cell": "gru", "attention": "dot", "word_query": True, "layers": 2},
    {"cell": "rnn", "attention": "none"},
    {"cell": "lstm", "attention": "dot", "start": "learned", "positions": 4.0},
]
SEARCHES = [
    Decoding(beam=3, max_words=6, no_repeat_ngram=2),
    Decoding(method="greedy", max_words=6),
    Decoding(method="sample", max_words=6, seed=1, n_best=2, top_p=0.9),
]


def networks(kind="stacked", **core) -> list[Network]:
    """The same network on both."""
    torch.manual_seed(0)
    settings = NetworkSettings(
        EncoderSettings("small", "none", trainable_stages=2),
        CoreSettings(embedding=8, state=9, grid=10, width=6, **core),
        AnswerSettings(kind, width=7, counters=2 * (kind == "parallel"), dropout=0.0),
        dropout=0.0,
    )
    network = Network(settings, vocabulary=11, answers=3)
    return [network, moved(deepcopy(network))]


def test_the_stand_in_refuses_what_lies_elsewhere():
    with StandInGpu():
        there = torch.ones(3, device="cuda:0")
        assert isinstance(there, OnGpu)
        assert there.device == (there * 2).device == torch.zeros_like(there).device == torch.device("cuda:0")
        assert torch.ones(3).device == there.cpu().device == there.to("cpu").device == torch.device("cpu")
        with pytest.raises(RuntimeError, match=r"all tensors to be on cuda:0, but one of \(3,\) is on cpu"):
            there + torch.ones(3)
        with pytest.raises(TypeError, match=r"Use Tensor.cpu\(\) first"):
            there.numpy()


@pytest.mark.parametrize("core", CORES, ids=lambda core: f"{core['cell']}-{core['attention']}")
@pytest.mark.parametrize("kind", ["stacked", "parallel"])
def test_training_stays_on_the_gpu(core, kind):
    pictures, results = torch.randn(2, 3, 32, 32), []
    for device, network in zip(("cpu", "cuda:0"), networks(kind, **core), strict=True):
        with StandInGpu():
            words, lengths = WORDS.to(device), LENGTHS.to(device)
            memory = network.look(pictures.to(device))
            said, answered = network.caption(memory, words, lengths), network.answer(memory, words, lengths)
            assert said.logits.device == answered.logits.device == torch.device(device)
            (said.logits.square().mean() + answered.logits.square().mean()).backward()
            gradients = [weight.grad.cpu() for weight in network.parameters() if weight.grad is not None]
            results.append([said.logits.detach().cpu(), answered.logits.detach().cpu(), *gradients])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("core", CORES, ids=lambda core: f"{core['cell']}-{core['attention']}")
@pytest.mark.parametrize("decoding", SEARCHES, ids=lambda decoding: decoding.method)
@torch.inference_mode()
def test_a_search_stays_on_the_gpu(core, decoding):
    pictures, found = torch.randn(5, 3, 32, 32), []
    for device, network in zip(("cpu", "cuda:0"), networks(**core), strict=True):
        with StandInGpu():
            speaker = Speaker(network.eval(), network.look(pictures.to(device)))
            assert speaker.device == torch.device(device)
            found.append(search(speaker, decoding, start=1, end=2, never=[0, 1]))
    for one, other in zip(*([one for photo in each for one in photo] for each in found), strict=True):
        assert one.words == other.words
        np.testing.assert_allclose(one.p, other.p, rtol=1.3e-6, atol=1e-5)


def test_a_text_is_read_and_written_on_the_gpu():
    torch.manual_seed(0)
    settings = NetworkSettings(EncoderSettings("none"), CoreSettings(embedding=8, state=9, layers=2))
    network = Network(settings, vocabulary=11, captions=False).eval()
    written: list[tuple[tuple[int, ...], torch.Tensor]] = []
    for device, one in (("cpu", network), ("cuda:0", moved(deepcopy(network)))):
        with StandInGpu():
            read = one.read(WORDS.to(device), gates=True)
            assert read.logits.device == torch.device(device)
            found = search(Writer.after(one, [3, 4, 5]), SEARCHES[1], start=6, end=2, never=[0])
            written.append((found[0][0].words, read.logits.detach().cpu()))
    assert written[0][0] == written[1][0]
    torch.testing.assert_close(written[0][1], written[1][1])
