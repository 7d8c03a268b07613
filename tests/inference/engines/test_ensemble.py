"""Several bundles as one: one alone says what it said, and probabilities are averaged at each word."""

import argparse
import json
from dataclasses import replace

import pytest
import torch

import captioner
from captioner.cli.main import main
from captioner.cli.measure import evaluate
from captioner.decoding.settings import Decoding
from captioner.inference import Captioner, load
from captioner.inference.engines.ensemble import together
from captioner.models.bundle import load_bundle, save_bundle
from captioner.nn.choir import Choir
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings
from captioner.nn.speaker import Speaker
from tests import two_heads
from tests.paths import FIXTURES
from tests.same_model import PICTURES, SEARCHES, check_captions


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Two bundles with other weights and another core."""
    folder = tmp_path_factory.mktemp("bundles")
    first = load_bundle(two_heads.save(folder / "one"))
    torch.manual_seed(1)
    core = CoreSettings(cell="gru", embedding=6, state=7, grid=8, width=5)
    settings = replace(first.settings, core=core)
    network = Network(settings, vocabulary=len(first.vocabulary))
    save_bundle(folder / "two", replace(first, settings=settings, network=network.eval(), answers=None))
    return [folder / "one", folder / "two"]


@pytest.mark.parametrize("search", SEARCHES)
def test_an_ensemble_of_one_says_what_the_one_says(bundles, search):
    check_captions(Captioner(load_bundle(bundles[0])), load(bundles[:1]), search)


def test_a_bundle_twice_says_what_it_says_once(bundles):
    check_captions(Captioner(load_bundle(bundles[0])), load([bundles[0]] * 2), Decoding(beam=4, n_best=3))


@torch.no_grad()
def test_probabilities_are_averaged_at_each_word(bundles):
    networks = [load_bundle(folder).network for folder in bundles]
    pixels = torch.randn(2, 3, 32, 32)
    speakers = [Speaker(network, network.look(pixels)) for network in networks]
    choir, words = Choir(speakers), torch.tensor([1, 1])
    states, own = choir.begin(), [speaker.begin() for speaker in speakers]
    for _ in range(3):
        sung, said = choir.step(words, states), [s.step(words, state) for s, state in zip(speakers, own, strict=True)]
        expected = torch.stack([each.logits.double().softmax(1) for each in said]).mean(0)
        torch.testing.assert_close(sung.logits.double().exp(), expected, rtol=1e-5, atol=1e-7)
        torch.testing.assert_close(sung.p, (said[0].p + said[1].p) / 2)
        words, states, own = expected.argmax(1), sung.state, [each.state for each in said]
    alone = choir.keep(torch.tensor([1]))
    rows = choir.select(states, torch.tensor([1]))
    torch.testing.assert_close(alone.step(words[1:], rows).logits, choir.step(words, states).logits[1:])


def test_the_commands_take_further_bundles(bundles, tmp_path, capsys):
    photo = next((FIXTURES / "images").iterdir())
    one, two = map(str, bundles)
    assert main(["caption", "--model", one, str(photo), "--max-words=5", "--with", two]) == 0
    said = capsys.readouterr().out.strip().partition("\t")[2]
    assert said == captioner.load([one, two]).caption(photo, Decoding(max_words=5))[0].text
    out = tmp_path / "out"
    data = str(FIXTURES / "captions_val.json")
    assert main(["evaluate", "--model", one, data, "--with", two, "--out", str(out), "--consensus=4", "--seed=1"]) == 0
    written = json.loads((out / "scores.json").read_text())
    assert len(written["bundle"]["ensemble"]) == 2
    assert written["search"]["consensus"] == 4


def test_what_they_cannot_do_together_is_one_sentence(bundles, tmp_path):
    model = load(bundles)
    with pytest.raises(ValueError, match=r"^several models together only say captions; give one bundle, without"):
        model.explain(PICTURES[0], "what is on the table")
    with pytest.raises(ValueError, match="this model cannot answer questions"):
        model.ask(PICTURES[0], "what?")
    with pytest.raises(ValueError, match=r"^no bundle was given; give one or more$"):
        load([])
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    one, two, questions = *map(str, bundles), str(FIXTURES / "questions_val.json")
    arguments = parser.parse_args(["--model", one, questions, "--with", two])
    with pytest.raises(ValueError, match="holds questions, and --with is for captions only"):
        evaluate.run(arguments)
    first = load_bundle(bundles[0])
    words = replace(first.vocabulary, tokens=(*first.vocabulary.tokens[:-1], "other"))
    with pytest.raises(ValueError, match=r"^bundle 2 of 2 has other words than the first, or another transform"):
        together([first, replace(first, vocabulary=words)])
    answers = load_bundle(two_heads.save(tmp_path / "answers", captions=False))
    with pytest.raises(ValueError, match=r"^bundle 2 of 2 says no captions, so it cannot speak with the others$"):
        together([first, answers])
