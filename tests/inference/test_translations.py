"""A translator learns to say sentences from their end; a bundle, and what is exported from it, says the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import captioner
from captioner.data.read.pairs import Pair
from captioner.images import pixels
from captioner.inference import Captioner, Unreadable
from captioner.models.bundle import save_bundle
from tests.translator import IMAGE, REVERSED, SENTENCES, learn, translator

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
    with pytest.raises(ValueError, match="this bundle translates sentences, and says nothing of photos"):
        model.caption("photo.jpg")


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_exported_it_sees_the_same(tmp_path, cell):
    from captioner.models.export.folder import export

    bundle = translator(cell, sees=True)
    export(bundle, tmp_path / "out")
    one, other = Captioner(bundle), captioner.load(tmp_path / "out")
    photos = [RED, None, GREEN, RED]
    for given in (photos, [None] * 4, None):
        said, same = (each.translate(SENTENCES[:4], BRIEF, photos=given) for each in (one, other))
        for wanted, found in zip(said, same, strict=True):
            assert (wanted.text, wanted.source_words) == (found.text, found.source_words)
            assert found.log_probability == pytest.approx(wanted.log_probability, abs=1e-4)
            np.testing.assert_allclose(wanted.attention, found.attention, atol=1e-5)
    (tmp_path / "out/photo.onnx").unlink()
    with pytest.raises(FileNotFoundError, match=r"photo.onnx missing; export it again"):
        captioner.load(tmp_path / "out")


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


@pytest.fixture(scope="module")
def seeing():
    return Captioner(translator(sees=True))


def picture(*colour):
    return Image.new("RGB", (40, 30), colour)


RED, GREEN = picture(200, 0, 0), picture(0, 200, 0)


def test_a_photo_beside_the_sentence_is_seen_and_may_be_missing(seeing):
    bare = seeing.translate("a dog runs", BRIEF)[0]
    beside = seeing.translate("a dog runs", BRIEF, photos=RED)[0]
    assert bare.source_words == ("a", "dog", "runs", "⏎")
    assert beside.source_words == ("a", "dog", "runs", "[photo]", "⏎")
    np.testing.assert_allclose(beside.attention.sum(axis=1), 1, atol=1e-5)
    assert ((beside.attention[:, 3] > 0) & (beside.attention[:, 3] < 1)).all()
    assert beside.log_probability != bare.log_probability


def test_neighbours_with_and_without_photos_change_nothing(seeing):
    sentences, photos = ["a dog", "the sun is big, and red", "two birds"], [GREEN, None, RED]
    together = seeing.translate(sentences, BRIEF, photos=photos)
    for sentence, photo, found in zip(sentences, photos, together, strict=True):
        alone = seeing.translate(sentence, BRIEF, photos=photo)[0]
        assert (found.text, found.source_words) == (alone.text, alone.source_words)
        np.testing.assert_allclose(found.attention, alone.attention, atol=1e-5)


def test_photos_that_cannot_be_seen_are_told(seeing, model):
    found = list(seeing.translate_each(["a dog", "two birds"], BRIEF, photos=["nowhere.jpg", None]))
    assert isinstance(found[0], Unreadable)
    assert found[0].reason == "nowhere.jpg: no such photo"
    assert found[1].text == seeing.translate("two birds", BRIEF)[0].text
    for photos in ([], [RED, RED]):
        with pytest.raises(ValueError, match="there is not one photo for each sentence; give None where"):
            seeing.translate("a dog", BRIEF, photos=photos)
    with pytest.raises(ValueError, match="this translator sees no photos: leave them out"):
        model.translate("a dog", photos=RED)
    with pytest.raises(ValueError, match="translates sentences, and says nothing of photos"):
        seeing.caption(RED)


def test_a_bundle_keeps_how_it_sees(seeing, tmp_path):
    save_bundle(tmp_path / "bundle", seeing.bundle)
    wanted = seeing.translate("a dog runs", BRIEF, photos=RED)[0]
    found = captioner.load(tmp_path / "bundle").translate("a dog runs", BRIEF, photos=RED)[0]
    assert found.text == wanted.text
    assert found.log_probability == pytest.approx(wanted.log_probability, abs=1e-5)


def test_what_the_sentence_leaves_open_is_learned_from_the_photo():
    """The same sentence has two translations, by the colour of the picture; without it, nobody can know."""
    bundle = translator(sees=True, texts=["the bank", "bench", "shore"] * 3)
    photos = {Path("red"): RED, Path("green"): GREEN}
    pairs = [Pair("the bank", said, photo) for photo, said in zip(photos, ["bench", "shore"], strict=True)]
    shown = torch.stack([torch.from_numpy(pixels(photo, IMAGE)) for photo in photos.values()])
    learn(bundle, pairs, epochs=20, seen=bundle.network.encoder.begin(shown))
    found = Captioner(bundle).translate(["the bank"] * 2, BRIEF, photos=photos.values())
    assert [each.text for each in found] == ["bench", "shore"]
