import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

import captioner
from captioner.inference import Answered, Unreadable
from captioner.models.bundle import load_bundle
from tests.two_heads import ANSWERS, save

TEXT = "What is on the quux?"


def picture(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (40, 50, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return save(tmp_path_factory.mktemp("two") / "bundle")


@pytest.fixture(scope="module")
def model(bundle):
    return captioner.load(bundle)


def test_a_bundle_with_two_heads_makes_the_round_trip(bundle):
    config = json.loads((bundle / "config.json").read_text())
    assert config["heads"] == ["captions", "answers"]
    first, again = load_bundle(bundle), load_bundle(bundle)
    assert first.heads == ["captions", "answers"]
    assert first.answers == ANSWERS
    assert first.settings == again.settings
    for name, value in first.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name


def test_an_answer_comes_with_alternatives_and_all_that_was_looked_at(model):
    found = model.ask(picture(0), TEXT, top=3)
    assert found.question == TEXT
    assert found.words == ("what", "is", "on", "the", "<unk>")
    assert found.unknown == ("quux",)
    probabilities = [one.probability for one in found.best]
    assert probabilities == sorted(probabilities, reverse=True)
    assert (found.text, found.probability) == found.best[0]
    assert {one.text for one in found.best} <= set(ANSWERS.answers)
    assert found.attention.shape == (5, 16)
    assert found.glimpses.shape == (2, 16)
    assert np.allclose(found.attention.sum(axis=1), 1)
    names, p = found.steps
    assert names == ("what", "is", "on", "the", "<unk>", "glimpse 1", "glimpse 2")
    assert p.shape == (7, 16)
    assert len(model.ask(picture(0), TEXT, top=50).best) == len(ANSWERS)


def test_probabilities_exclude_one_another_only_if_they_were_trained_so(tmp_path):
    best = {
        loss: captioner.load(save(tmp_path / loss, loss=loss)).ask(picture(0), TEXT, top=4).best
        for loss in ("cross_entropy", "binary")
    }
    assert sum(one.probability for one in best["cross_entropy"]) == pytest.approx(1)
    assert sum(one.probability for one in best["binary"]) > 1.2  # about 1/2 each, untrained
    assert [one.text for one in best["binary"]] == [one.text for one in best["cross_entropy"]]


def test_an_empty_question_is_answered_from_the_photo(model):
    found = model.ask(picture(0), " ?")
    assert found.words == ()
    assert found.attention.shape == (0, 16)
    assert found.text in ANSWERS.answers


def test_a_stream_keeps_its_order_passes_over_broken_photos_and_does_not_depend_on_the_batch(model, tmp_path):
    asked = [
        (picture(0), ["how many chairs?", TEXT]),
        (tmp_path / "none.jpg", ["what?"]),
        (picture(1), [TEXT, "", "what is there"]),
    ]
    results = list(model.ask_each(asked, batch=2))
    assert [len(result.answers) if isinstance(result, Answered) else 0 for result in results] == [2, 0, 3]
    assert results[1] == Unreadable(tmp_path / "none.jpg", f"{tmp_path / 'none.jpg'}: no such photo")
    for (photo, questions), result in zip(asked, results, strict=True):
        for question, found in zip(questions, getattr(result, "answers", ()), strict=False):
            alone = model.ask(photo, question)
            assert [one.text for one in alone.best] == [one.text for one in found.best]
            assert np.allclose([one.probability for one in alone.best], [one.probability for one in found.best])
            assert np.allclose(alone.attention, found.attention, atol=1e-6)
            assert np.allclose(alone.glimpses, found.glimpses, atol=1e-6)


def test_a_head_that_was_not_trained_is_one_sentence(tmp_path):
    caption_only = captioner.load(save(tmp_path / "c", answers=False))
    assert caption_only.bundle.heads == ["captions"]
    assert not (tmp_path / "c/answers.json").exists()
    sentence = "this model cannot answer questions: it was trained without questions; use one trained with them"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        caption_only.ask(picture(0), TEXT)
    answer_only = captioner.load(save(tmp_path / "a", captions=False))
    assert answer_only.bundle.heads == ["answers"]
    assert answer_only.ask(picture(0), TEXT).text in ANSWERS.answers
    sentence = "this model cannot caption photos: it was trained without captions; use one trained with them"
    for call in (answer_only.caption, lambda photo: answer_only.explain(photo, "a table")):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            call(picture(0))


def test_a_photo_that_cannot_be_read_and_no_answers_to_give(model, tmp_path):
    with pytest.raises(ValueError, match="no such photo"):
        model.ask(tmp_path / "none.jpg", TEXT)
    with pytest.raises(ValueError, match="top is 0, but at least 1 answer must be given"):
        model.ask(picture(0), TEXT, top=0)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("config.json", {"heads": ["songs"]}, "has the heads ['songs'], this captioner knows captions, answers, text"),
        ("config.json", {"heads": []}, "has the heads [], this captioner knows"),
        (
            "answers.json",
            {"answers": ["2"]},
            "answers.json has 1 answers but the classifier has 4 rows; was the bundle",
        ),
    ],
)
def test_heads_and_answers_that_do_not_fit(tmp_path, file, change, message):
    path = save(tmp_path / "b") / file
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=re.escape(message)):
        load_bundle(tmp_path / "b")


def test_answers_that_are_missing(tmp_path):
    (save(tmp_path / "b") / "answers.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"answers\.json: no such file"):
        load_bundle(tmp_path / "b")
