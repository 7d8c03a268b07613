import itertools
import json

import pytest
import torch

from captioner.nn.core.cells import CELLS
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.nn.speaker import Speaker

V, B, K = 13, 3, 2
WORDS = torch.tensor([[1, 5, 6, 7], [1, 8, 0, 0], [1, 9, 4, 0], [0, 0, 0, 0], [1, 10, 11, 12], [1, 12, 3, 0]])
LENGTHS = torch.tensor([4, 2, 3, 0, 4, 3])
SHAPES = [(*shape, on, on) for shape in itertools.product(CELLS, ["additive", "dot", "none"]) for on in (True, False)]


def network(trainable_stages=0, tied=True, dropout=0.0, mode="grid", **core) -> Network:
    torch.manual_seed(0)
    settings = NetworkSettings(
        EncoderSettings("small", "none", mode=mode, trainable_stages=trainable_stages),
        CoreSettings(**{"embedding": 8, "state": 9, "grid": 10, "width": 6} | core),
        tied=tied,
        dropout=dropout,
    )
    return Network(settings, vocabulary=V)


def pictures() -> torch.Tensor:
    return torch.randn(B, 3, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("cell", "attention", "gate", "tied"), SHAPES)
def test_a_gradient_in_every_trained_parameter_and_in_no_frozen_one(cell, attention, gate, tied):
    for trainable_stages, positions in ((0, False), (2, True)):
        net = network(trainable_stages, tied, 0.1, cell=cell, attention=attention, gate=gate, positions=positions)
        said = net.caption(net.look(pictures()), WORDS, LENGTHS)
        assert said.logits.shape == (LENGTHS.sum(), V)
        said.logits.log_softmax(dim=1)[:, 3].sum().backward()
        for name, parameter in net.named_parameters():
            if name.startswith("encoder.stem"):
                assert not parameter.requires_grad, name
                assert parameter.grad is None, name
            else:
                assert parameter.grad is not None, name
                assert parameter.grad.abs().sum() > 0, name
        assert any(name.startswith("encoder.tail") for name, _ in net.named_parameters()) == (trainable_stages == 2)


def test_padding_longer_changes_nothing():
    net = network().eval()
    memory = net.look(pictures())
    said = net.caption(memory, WORDS, LENGTHS)
    longer = torch.cat([WORDS, torch.randint(V, (B * K, 3))], dim=1)
    torch.testing.assert_close(net.caption(memory, longer, LENGTHS).logits, said.logits)


@pytest.mark.parametrize("attention", ["additive", "dot", "none"])
def test_the_speaker_says_word_by_word_what_training_said(attention):
    net = network(attention=attention).eval()
    memory = net.look(pictures())
    said = net.caption(memory, WORDS, LENGTHS)
    speaker = Speaker(net, memory)
    assert (speaker.photos, speaker.device) == (B, torch.device("cpu"))
    state = speaker.select(speaker.begin(), torch.arange(B).repeat_interleave(K))
    for time in range(4):
        spoken = speaker.step(WORDS[:, time], state)
        state = spoken.state
        here = said.plan.times == time
        torch.testing.assert_close(said.logits[here], spoken.logits[said.plan.rows[here]], rtol=0, atol=1e-5)
        torch.testing.assert_close(said.trace.p[here], spoken.p[said.plan.rows[here]], rtol=0, atol=1e-5)


def test_a_speaker_kept_for_some_photos_says_the_same():
    net = network().eval()
    speaker = Speaker(net, net.look(pictures()))
    photos, words = torch.tensor([2, 0]), torch.tensor([1, 1, 1])
    all_three = speaker.step(words, speaker.begin())
    kept = speaker.keep(photos)
    assert kept.photos == 2
    two = kept.step(words[photos], speaker.select(speaker.begin(), photos))
    torch.testing.assert_close(two.logits, all_three.logits[photos])


def test_dropout_only_in_training():
    net = network(dropout=0.5)
    maps = net.encoder.begin(pictures())
    once, again = (net.caption(net.remember(maps), WORDS, LENGTHS).logits for _ in range(2))
    assert not torch.equal(once, again)
    net.eval()
    once, again = (net.caption(net.remember(maps), WORDS, LENGTHS).logits for _ in range(2))
    assert torch.equal(once, again)


def test_stored_half_precision_is_taken_as_it_is():
    net = network().eval()
    maps = net.encoder.begin(pictures())
    found, wanted = net.remember(maps.half()), net.remember(maps)
    assert found.grid.dtype == torch.float32
    torch.testing.assert_close(found.grid, wanted.grid, rtol=0, atol=1e-2)


@pytest.mark.parametrize(("cell", "attention"), [*itertools.product(CELLS, ["additive", "dot", "none"])])
def test_autocast_gives_the_same_to_the_rounding_of_bfloat16(cell, attention):
    net = network(1, cell=cell, attention=attention, layers=2)
    wanted = net.caption(net.look(pictures()), WORDS, LENGTHS).logits
    with torch.autocast("cpu", torch.bfloat16):
        found = net.caption(net.look(pictures()), WORDS, LENGTHS).logits
        loss = torch.nn.functional.cross_entropy(found.float(), torch.zeros(len(found), dtype=torch.long))
    loss.backward()
    torch.testing.assert_close(found.float(), wanted, rtol=0, atol=5e-2)
    for name, parameter in net.named_parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all(), name


def test_global_mode_is_a_grid_of_one_place():
    net = network(mode="global").eval()
    memory = net.look(pictures())
    assert memory.grid.shape == (B, 1, 10)
    assert net.caption(memory, WORDS, LENGTHS).trace.p.eq(1).all()


@pytest.mark.parametrize("tied", [True, False])
def test_tied_weights_are_shared_and_stay_so_after_loading(tied):
    net, other = network(tied=tied), network(tied=tied)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter))
    assert net.captions is not None
    assert other.captions is not None
    assert (net.captions.words.weight is net.words.weight) == tied
    assert ("captions.words.weight" in net.own_state()) == (not tied)
    other.load_own_state(net.own_state())
    assert (other.captions.words.weight is other.words.weight) == tied
    net.eval(), other.eval()
    memory = net.look(pictures())
    logits = [each.caption(each.look(pictures()), WORDS, LENGTHS).logits for each in (net, other)]
    assert torch.equal(*logits)
    assert memory.grid.isfinite().all()


def test_settings_survive_json():
    settings = NetworkSettings(EncoderSettings("resnet18", side=7), CoreSettings("gru", gate=False), dropout=0.2)
    assert NetworkSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize("change", [{"heads": 3}, {"core": {"cells": "gru"}}, {"encoder": None}])
def test_settings_of_another_version_are_refused_in_one_sentence(change):
    with pytest.raises(ValueError, match="do not fit this version of captioner"):
        NetworkSettings.from_dict(NetworkSettings().to_dict() | change)


def test_settings_without_a_part_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match="do not fit this version of captioner: 'core'"):
        NetworkSettings.from_dict({"encoder": {}})


@pytest.mark.parametrize("name", ["embedding", "state", "grid", "width"])
def test_a_width_of_nothing_is_refused_in_one_sentence(name):
    with pytest.raises(ValueError, match=f"core.{name} is 0, but must be a whole number from 1 to 65,536"):
        CoreSettings(**{name: 0})  # type: ignore[arg-type]
