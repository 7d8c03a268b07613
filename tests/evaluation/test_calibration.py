"""Calibration: a rising curve through points, its error, and the command that keeps it."""

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest

import captioner
from captioner.cli.main import main
from captioner.data.read.records import Photo
from captioner.evaluation import calibration
from captioner.evaluation.calibration import Point, caption_points, fit, reliability
from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned
from captioner.models.doubt import load_doubts
from tests import two_heads
from tests.paths import FIXTURES


def points(count, share, seed=0):
    chance = np.random.default_rng(seed)
    levels = chance.uniform(-4, 0, count)
    return [Point(level, float(chance.random() < share(level)), 1) for level in levels.tolist()]


def test_the_curve_follows_what_is_right():
    curve = fit(points(4000, lambda level: 1 + level / 5), source="a")
    for level in (-3.5, -2, -0.5):
        assert curve.share(level) == pytest.approx(1 + level / 5, abs=0.06)
    _, error = reliability(curve, points(4000, lambda level: 1 + level / 5, seed=1))
    assert error < 0.04
    groups, error = reliability(curve, points(4000, lambda level: 0.2, seed=1))
    assert error > 0.25
    assert sum(group.number for group in groups) == 4000


def test_where_right_things_fall_the_curve_stays_level():
    curve = fit(points(500, lambda level: -level / 5), source="a")
    assert np.ptp(curve.shares) < 0.2
    assert (np.diff(curve.shares) >= 0).all()
    assert fit([Point(-1.0, 0.5, 1)] * 20, source="a").shares == (0.5,)
    with pytest.raises(ValueError, match=r"^19 captions or answers can be compared; a calibration needs 20 or more$"):
        fit([Point(-1.0, 0.5, 1)] * 19, source="a")


def test_many_nouns_weigh_more():
    curve = fit([*[Point(-1.0, 1.0, 3)] * 10, *[Point(-1.0, 0.0, 1)] * 10], source="a")
    assert curve.shares == (0.75,)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 2)


def test_the_command_keeps_it_in_the_bundle_and_json_tells_it(few, tmp_path, capsys):
    bundle = two_heads.save(tmp_path / "bundle")
    names, photo = FIXTURES / "captions_val.json", FIXTURES / "images/test_000000.png"
    asked = [str(FIXTURES / "questions_val.json"), "--image-names", str(names), "--out", str(tmp_path / "a.png")]
    assert main(["calibrate", *asked, "--model", str(bundle)]) == 0
    assert "answers; a curve made from one half of them is 0." in capsys.readouterr().out
    assert (tmp_path / "a.png").is_file()
    assert set(load_doubts(bundle)) == {"answers"}
    assert main(["ask", str(photo), "what is it?", "--json", "--model", str(bundle)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["doubt"] in ("sure", "likely", "a guess")
    assert main(["caption", str(photo), "--json", "--model", str(bundle)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["doubt"], said["right"]) == (None, None)
    assert said["log_probability_per_word"] > said["log_probability"]


class Says:
    """A model whose captions are known."""

    def __init__(self, texts):
        self.texts = texts

    def caption_each(self, photos, decoding, *, batch):
        for path, text in zip(photos, self.texts, strict=True):
            words = tuple(text.split())
            yield Captioned(path, (Caption(text, words, -2.0, -1.0, np.zeros((len(words), 0))),), ImageSpec(size=32))


def test_captions_are_compared_by_their_nouns():
    captions = ("a dog is on the grass", "the dog is on a beach", "two cats are in a chair", "a cat is by the chair")
    photos = [Photo(number, Path("a.png"), captions[2 * number : 2 * number + 2]) for number in (0, 1)]
    model = cast(captioner.Captioner, Says(["a dog on a chair", "it is"]))
    found = caption_points(model, photos, captioner.Decoding(), batch=2, progress=lambda *_: None)
    assert found == [Point(-2.0 / 6, 0.5, 2)]
