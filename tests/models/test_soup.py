"""Bundles averaged: the mean of every weight, what is told of it, and what cannot be averaged."""

import re
from dataclasses import replace

import pytest
import torch

from captioner.cli.main import main
from captioner.images import ImageSpec
from captioner.models.bundle import load_bundle, save_bundle
from captioner.models.soup import soup
from captioner.nn.network import Network
from tests import two_heads


@pytest.fixture
def three(tmp_path):
    """Bundles of one shape with other weights, but for the encoder's."""
    first = load_bundle(two_heads.save(tmp_path / "0/bundle"))
    folders = [tmp_path / "0/bundle"]
    for number in (1, 2):
        torch.manual_seed(number)
        other = Network(first.settings, vocabulary=len(first.vocabulary), answers=len(two_heads.ANSWERS))
        other.encoder.load_state_dict(first.network.encoder.state_dict())
        about = {"scores": {"val/x": number}, "licence": "cc0-1.0"}
        save_bundle(tmp_path / f"{number}/bundle", replace(first, network=other, about=about))
        folders.append(tmp_path / f"{number}/bundle")
    return folders


def test_every_weight_is_the_mean(three):
    made = soup(three)
    states = [load_bundle(folder).network.own_state() for folder in three]
    for name, value in made.network.own_state().items():
        torch.testing.assert_close(value, sum(state[name] for state in states) / 3)
        if name.startswith("encoder."):
            assert torch.equal(value, states[0][name]), name
    assert made.network.captions is not None
    assert made.network.captions.words.weight is made.network.words.weight  # tied as before


def test_a_bundle_with_itself_is_itself_to_the_bit(three):
    made, one = soup([three[1], three[1]]), load_bundle(three[1])
    for name, value in made.network.own_state().items():
        assert torch.equal(value, one.network.own_state()[name]), name
    assert made.about["licence"] == "cc0-1.0"
    assert [part["bundle"] for part in made.about["soup"]] == ["1", "1"]


def test_the_command_writes_a_bundle_that_opens(three, tmp_path, capsys):
    out = tmp_path / "soup"
    assert main(["soup", *map(str, three), "--out", str(out)]) == 0
    assert "captioner evaluate" in capsys.readouterr().out
    made = load_bundle(out)
    assert made.heads == ["captions", "answers"]
    assert made.about["soup"][2]["scores"] == {"val/x": 2}
    assert main(["soup", *map(str, three), "--out", str(out)]) == 2
    assert "exists already; name another folder with --out" in capsys.readouterr().err


def test_dropouts_may_differ(three):
    one = load_bundle(three[0])
    save_bundle(three[0], replace(one, settings=replace(one.settings, dropout=0.1)))
    soup(three)


def test_what_cannot_be_averaged_is_one_sentence(three, tmp_path):
    with pytest.raises(ValueError, match=r"^a soup is made of two bundles or more, and 1 was given$"):
        soup(three[:1])
    one = load_bundle(three[0])
    words = one.vocabulary
    save_bundle(three[1], replace(one, vocabulary=replace(words, tokens=(*words.tokens[:-1], "other"))))
    with pytest.raises(ValueError, match=re.escape(f"{three[1]} has other words than {three[0]}; only bundles of one")):
        soup(three)
    save_bundle(three[1], replace(one, transform=ImageSpec(size=64)))
    with pytest.raises(ValueError, match="has another transform of photos than"):
        soup(three)
    two_heads.save(tmp_path / "alone", answers=False)
    with pytest.raises(ValueError, match="has other answers or heads than"):
        soup([three[0], tmp_path / "alone"])
    core = replace(one.settings.core, gate=not one.settings.core.gate)
    shape = replace(one.settings, core=core)
    network = Network(shape, vocabulary=len(words), answers=len(two_heads.ANSWERS))
    save_bundle(three[1], replace(one, settings=shape, network=network))
    with pytest.raises(ValueError, match="has another shape than"):
        soup(three)
