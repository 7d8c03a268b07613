"""METEOR against the official program, and what is said where Java or its files are not."""

import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from captioner.scoring.captions import java
from captioner.scoring.captions.scores import score_captions

PAIRS = [
    (said.split(), [wanted.split() for wanted in several])
    for said, several in [
        ("a man rides waves on a surf board", ["a man is riding a wave on a surfboard", "the surfer rides a big wave"]),
        ("a man is riding a wave on a surfboard", ["a man is riding a wave on a surfboard"]),
        ("two dogs", ["two dogs play", "dogs"]),
        ("", ["a cat"]),
        ("nothing like it", ["a red bus"]),
    ]
]


@pytest.fixture
def meteor_there():
    if "meteor" in java.missing():
        pytest.skip(f"needs METEOR: {java.missing()['meteor']}")


@pytest.mark.slow
def test_meteor_is_the_official_one(meteor_there):
    from pycocoevalcap.meteor.meteor import Meteor

    said = {number: [" ".join(words)] for number, (words, _) in enumerate(PAIRS)}
    wanted = {number: [" ".join(words) for words in several] for number, (_, several) in enumerate(PAIRS)}
    whole, each = Meteor().compute_score(wanted, said)
    tally = java.meteor(PAIRS)
    assert tally.whole() == pytest.approx(whole, abs=1e-9)
    np.testing.assert_allclose(tally.each()[:, 0], each, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_meteor_gives_the_published_score(shared, meteor_there):
    folder = shared / "data/eval_fixtures/nlg_eval"
    corpus = json.loads((folder / "expected.json").read_text())["corpus"]
    said = dict(enumerate((folder / corpus["hyp"]).read_text().splitlines()))
    lists = [(folder / name).read_text().splitlines() for name in corpus["refs"]]
    wanted = dict(enumerate(zip(*lists, strict=True)))
    found = score_captions(said, wanted, tokenize=str.split, further=[java.meteor]).values
    assert round(found["meteor"], 6) == corpus["expected"]["METEOR"]


def test_counts_without_matches_score_nothing():
    assert java.meteor_score(np.zeros((2, java.COLUMNS)), 1).tolist() == [[0], [0]]


@pytest.fixture
def programs(monkeypatch):
    """Puts made-up modules in the place of pycocoevalcap's."""

    def put(**classes):
        for name, made in classes.items():
            module = SimpleNamespace(**{name.capitalize(): made})
            monkeypatch.setitem(sys.modules, f"pycocoevalcap.{name}", SimpleNamespace())
            monkeypatch.setitem(sys.modules, f"pycocoevalcap.{name}.{name}", module)

    monkeypatch.setitem(sys.modules, "pycocoevalcap", SimpleNamespace())
    return put


def test_a_dead_meteor_is_one_sentence(programs):
    programs(meteor=lambda: SimpleNamespace(_stat=lambda said, wanted: ""))
    with pytest.raises(ValueError, match=r"^METEOR's Java process ended: it answered '' instead of 23 counts$"):
        java.meteor(PAIRS)


def test_a_meteor_that_ended_before_is_the_same_sentence(programs):
    def gone(said, wanted):
        raise BrokenPipeError(32, "Broken pipe")

    programs(meteor=lambda: SimpleNamespace(_stat=gone))
    with pytest.raises(ValueError, match="METEOR's Java process ended"):
        java.meteor(PAIRS)


def test_spice_is_the_mean_of_the_photos(programs):
    def compute_score(wanted, said):
        assert wanted[0] == ["a man is riding a wave on a surfboard", "the surfer rides a big wave"]
        assert said[0] == ["a man rides waves on a surf board"]
        return 0.5, [{"All": {"f": number / 10}} for number in said]

    programs(spice=lambda: SimpleNamespace(compute_score=compute_score))
    assert java.spice(PAIRS).whole() == pytest.approx([0.2])


def test_a_failing_spice_is_one_sentence(programs):
    def compute_score(wanted, said):
        raise subprocess.CalledProcessError(1, ["java"])

    programs(spice=lambda: SimpleNamespace(compute_score=compute_score))
    with pytest.raises(ValueError, match=r"^SPICE's Java process failed .* it was made for Java 8$"):
        java.spice(PAIRS)


def test_what_is_missing_is_said_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(java, "package_folder", lambda: tmp_path)
    monkeypatch.setattr(java, "find_spec", lambda name: object())
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/java")
    assert list(java.missing()) == ["spice"]
    assert "get_stanford_models" in java.missing()["spice"]
    (tmp_path / "spice/lib").mkdir(parents=True)
    (tmp_path / "spice/lib/stanford-corenlp-3.6.0-models.jar").touch()
    assert java.missing() == {}
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert all("install a Java runtime" in reason for reason in java.missing().values())
    monkeypatch.setattr(java, "find_spec", lambda name: None)
    assert all("pip install 'captioner[java]'" in reason for reason in java.missing().values())
