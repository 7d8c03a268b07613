"""A translator learns to say sentences from their end; a bundle, and what is exported from it, says the same."""

import numpy as np
import pytest
import torch

import captioner
from captioner.data.read.pairs import Pair
from captioner.inference import Captioner, Unreadable
from captioner.models.bundle import save_bundle
from tests.translator import REVERSED, SENTENCES, learn, translator

BRIEF = captioner.Decoding("beam", beam=3, max_words=8)


@pytest.fixture(scope="module")
def model():
    return Captioner(translator())


@pytest.mark.slow
def test_it_learns_to_reverse_eight_sentences(tmp_path):
    pairs = [Pair(*both) for both in zip(SENTENCES, REVERSED, strict=True)]
    save_bundle(tmp_path / "bundle", learn(translator(), pairs, epochs=40))
    said = captioner.load(tmp_path / "bundle").translate(SENTENCES, captioner.Decoding(max_words=20))
    assert [each.text for each in said] == list(REVERSED)
    assert said[3].source_words == ("the", "sun", "is", "big", ",", "and", "red", "⏎")
    assert said[3].attention.shape == (len(said[3].words), 8)


@pytest.mark.slow
def test_a_sentence_that_is_copied_is_attended_along_the_diagonal():
    """Random words, so that the next one can be known from the source alone."""
    chance, words = np.random.default_rng(0), [f"w{letter}" for letter in "abcdefghij"]
    texts = [" ".join(chance.choice(words, chance.integers(3, 9))) for _ in range(600)]
    bundle = translator(texts=texts, pieces=40)
    learn(bundle, [Pair(text, text) for text in texts], epochs=25, size=50, rate=0.005)
    fresh = " ".join(chance.choice(words, 7, replace=False))
    said = Captioner(bundle).translate(fresh)[0]
    assert said.text == fresh
    assert said.attention.argmax(axis=1).tolist() == list(range(7))


def test_neighbours_and_padding_change_nothing(model):
    together = model.translate(["a dog", "the sun is big, and red, and one dog sleeps"], BRIEF)
    alone = model.translate("a dog", BRIEF)[0]
    assert together[0].text == alone.text
    assert together[0].log_probability == pytest.approx(alone.log_probability, abs=1e-4)
    np.testing.assert_allclose(together[0].attention, alone.attention, atol=1e-5)
    np.testing.assert_allclose(alone.attention.sum(axis=1), 1, atol=1e-5)


def test_sentences_that_cannot_be_read_are_told_and_do_not_stop_the_rest(model):
    sentences = ["a dog", " \n", "dog " * 300, "two birds 漢"]
    found = list(model.translate_each(sentences, BRIEF, batch=2))
    reasons = [each.reason for each in found if isinstance(each, Unreadable)]
    assert reasons[0] == "a sentence is empty; give one with a word"
    assert "has 300 subwords, and 199 are read" in reasons[1]
    assert found[3].unknown == ("漢",)
    with pytest.raises(ValueError, match="a sentence is empty"):
        model.translate("")


def test_others_are_given_best_first(model):
    said = model.translate("a dog", captioner.Decoding("beam", beam=4, n_best=3, max_words=8))[0]
    scores = [said.score, *(each.score for each in said.others)]
    assert len(said.others) == 2
    assert scores == sorted(scores, reverse=True)


def test_a_translator_sees_no_photos(model):
    with pytest.raises(ValueError, match="this bundle translates sentences, and sees no photos"):
        model.caption("photo.jpg")


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.slow
def test_exported_it_says_the_same(tmp_path, cell):
    from captioner.models.export.folder import export

    bundle = translator(cell)
    export(bundle, tmp_path / "out")
    one, other = Captioner(bundle), captioner.load(tmp_path / "out")
    search = captioner.Decoding("beam", beam=4, n_best=2, max_words=9)
    sentences = [*SENTENCES, "dog"]
    for wanted, found in zip(one.translate(sentences, search), other.translate(sentences, search), strict=True):
        assert (wanted.text, wanted.words) == (found.text, found.words)
        assert found.log_probability == pytest.approx(wanted.log_probability, abs=1e-4)
        np.testing.assert_allclose(wanted.attention, found.attention, atol=1e-5)
    save_bundle(tmp_path / "other", translator("gru" if cell == "lstm" else "lstm", width=16))
    (tmp_path / "out/reader.onnx").unlink()
    with pytest.raises(FileNotFoundError, match=r"reader.onnx missing; export it again"):
        captioner.load(tmp_path / "out")
    assert torch.is_grad_enabled()
