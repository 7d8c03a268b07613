"""Captions from Python: any source, any batch, broken photos, chance, and captions that a person wrote."""

import io

import numpy as np
import pytest
from PIL import Image

import captioner
from captioner.inference import Unreadable
from tests import two_heads
from tests.paths import FIXTURES

IMAGES = FIXTURES / "images"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return captioner.load(two_heads.save(tmp_path_factory.mktemp("model") / "bundle"))


@pytest.fixture(scope="module")
def photos():
    return sorted(IMAGES.glob("*.png"))


def test_a_photo_comes_as_a_path_a_text_bytes_or_a_picture(model, photos):
    path = photos[0]
    sources = [path, str(path), path.read_bytes(), Image.open(path)]
    assert len({model.caption(source)[0].text for source in sources}) == 1
    assert [result.source for result in model.caption(sources)] == sources


def test_a_caption_has_words_probability_and_attention(model, photos):
    found = model.caption(photos[0], captioner.Decoding(beam=3, n_best=3, max_words=5))[0]
    assert len(found.captions) == 3
    scores = [caption.score for caption in found.captions]
    assert scores == sorted(scores, reverse=True)
    best = found.captions[0]
    assert found.text == best.text == " ".join(best.words)
    assert best.log_probability < 0
    assert best.attention.shape[0] == len(best.words)
    np.testing.assert_allclose(best.attention.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("search", [captioner.Decoding(), captioner.Decoding(method="sample", seed=3)])
def test_the_batch_changes_nothing(model, photos, search):
    def said(batch: int) -> list[str]:
        return [result.text for result in model.caption_each(photos, search, batch=batch)]

    alone = said(1)
    assert said(3) == said(16) == alone


def test_samples_repeat_with_their_seed_only(model, photos):
    one, same, other = (
        [found.text for found in model.caption(photos, captioner.Decoding(method="sample", seed=seed))]
        for seed in (1, 1, 2)
    )
    assert one == same != other


def test_a_broken_photo_does_not_stop_the_rest(model, photos, tmp_path):
    (tmp_path / "broken.png").write_bytes(photos[0].read_bytes()[:40])
    given = [photos[0], tmp_path / "broken.png", tmp_path / "missing.png", photos[1]]
    found = list(model.caption_each(given, batch=2))
    assert [result.source for result in found] == given
    assert [isinstance(result, Unreadable) for result in found] == [False, True, True, False]
    assert found[3].text == model.caption(photos[1])[0].text
    with pytest.raises(ValueError, match=r"missing.png: no such photo"):
        model.caption(tmp_path / "missing.png")


def test_no_photo_gives_no_caption(model):
    assert model.caption([]) == []


def test_a_batch_without_photos_is_refused(model, photos):
    with pytest.raises(ValueError, match=r"batch is 0, but at least 1 photo must be read at once"):
        next(model.caption_each(photos, batch=0))


def test_an_own_caption_is_judged_as_the_model_judges_its_own(model, photos):
    search = captioner.Decoding(max_words=30)
    own = model.caption(photos[0], search)[0].captions[0]
    told = model.explain(photos[0], own.text)
    assert told.words == own.words
    np.testing.assert_allclose(told.attention, own.attention, atol=1e-5)
    if len(own.words) < 30:  # otherwise the search did not count the end
        assert told.log_probability == pytest.approx(own.log_probability, abs=1e-4)
        assert told.score == pytest.approx(own.score, abs=1e-4)


def test_unknown_words_of_an_own_caption_are_attended_too(model, photos):
    told = model.explain(photos[0], "What is a zebra?")
    assert told.text == "What is a zebra?"
    assert told.words == ("what", "is", "<unk>", "<unk>")
    assert told.attention.shape[0] == 4


def test_a_caption_without_words_is_refused(model, photos):
    with pytest.raises(ValueError, match=r"the caption '\?!' has no word; type one, for example: a dog runs"):
        model.explain(photos[0], "?!")


@pytest.mark.parametrize("device", ["nonsense", "cuda:77"])
def test_a_device_that_is_not_there_is_one_sentence(model, device):
    with pytest.raises(ValueError, match=rf"device '{device}' cannot be used here \(.*\); take cpu"):
        captioner.Captioner(model.bundle, device)


def test_transparent_and_turned_pictures_are_taken_as_seen(model, photos):
    photo = Image.open(photos[0]).convert("RGB")
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3  # lies on its head
    photo.rotate(180).save(file, "PNG", exif=exif)
    assert model.caption(file.getvalue())[0].text == model.caption(photo)[0].text


def test_many_captions_of_many_photos_are_followed_as_each_alone(model, photos, tmp_path):
    given = [
        (photos[0], ["what is on the table", "how many"]),
        (tmp_path / "no.png", ["what"]),
        (photos[1], ["chairs on the quux are there"]),
    ]
    first, unreadable, last = model.explain_each(given, batch=3)
    assert isinstance(unreadable, Unreadable)
    assert (first.source, last.source) == (photos[0], photos[1])
    for result, (photo, texts) in ((first, given[0]), (last, given[2])):
        for caption, text in zip(result.captions, texts, strict=True):
            alone = model.explain(photo, text)
            assert (caption.text, caption.words) == (text, alone.words)
            assert caption.log_probability == pytest.approx(alone.log_probability, abs=1e-5)
            assert caption.score == pytest.approx(alone.score, abs=1e-5)
            assert caption.attention.shape == (len(caption.words), caption.attention.shape[1])
            np.testing.assert_allclose(caption.attention, alone.attention, atol=1e-6)


def test_a_caption_without_a_word_is_refused_among_others(model, photos):
    with pytest.raises(ValueError, match=r"the caption '\.\.\.' has no word"):
        list(model.explain_each([(photos[0], ["what", "..."])]))
