"""What is kept of a calibration, and what is told of it."""

import json

import pytest

import captioner
from captioner.models.bundle import load_bundle, save_bundle
from captioner.models.doubt import Doubt, in_words, load_doubts, save_doubts
from tests import two_heads
from tests.same_model import PICTURES

DOUBT = Doubt((-3.0, -1.0), (0.5, 0.9), 40, "captions_val.json")


def test_a_level_between_two_points_lies_between_their_shares():
    assert [DOUBT.share(level) for level in (-9, -3, -2, -1, 0)] == pytest.approx([0.5, 0.5, 0.7, 0.9, 0.9])
    assert [in_words(share) for share in (0.8, 0.79, 0.6, 0.59)] == ["sure", "likely", "likely", "a guess"]


def test_a_bundle_keeps_it_and_says_it_of_captions_and_answers(tmp_path):
    folder = two_heads.save(tmp_path / "bundle")
    model = captioner.load(folder)
    assert model.caption(PICTURES[0])[0].captions[0].doubt is None
    assert model.ask(PICTURES[0], "what?").doubt is None
    save_doubts(folder, {"captions": DOUBT, "answers": Doubt((-9.0,), (0.3,), 20, "q.json")})
    model = captioner.load(folder)
    caption, answers = model.caption(PICTURES[0])[0].captions[0], model.ask(PICTURES[0], "what?")
    assert caption.right == pytest.approx(DOUBT.share(caption.log_probability / (len(caption.words) + 1)))
    assert (answers.right, answers.doubt) == (0.3, "a guess")
    save_bundle(folder, load_bundle(folder))
    assert load_doubts(folder)["captions"] == DOUBT


@pytest.mark.parametrize(
    "change",
    [
        {"levels": [-1, -3]},
        {"shares": [0.9, 0.5]},
        {"shares": [0.5, 1.5]},
        {"levels": ["x", 1]},
        {"shares": 3},
    ],
)
def test_what_is_no_curve_is_refused(tmp_path, change):
    content = {"levels": [-3, -1], "shares": [0.5, 0.9], "counted": 40, "source": "a"} | change
    (tmp_path / "doubt.json").write_text(json.dumps({"captions": content}))
    with pytest.raises(ValueError, match=r"doubt.json is no calibration .*`captioner calibrate` makes one"):
        load_doubts(tmp_path)
