"""Retrieval: ranks by hand, with and without candidates; what is written and printed."""

import json

import numpy as np
import pytest

import captioner
from captioner.cli.main import main
from captioner.data.read.records import read_photos
from captioner.evaluation.retrieval import Retrieval, _ranks, retrieval_result, retrieve
from captioner.inference import Judge
from captioner.inference.judging.judge import Looked
from captioner.inference.judging.weighing import above_any, rarity, weighed
from tests import two_heads
from tests.paths import FIXTURES

CAPTIONS = FIXTURES / "captions_train.json"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


def test_everything_is_ranked_by_the_judge(bundle):
    model, photos, told = captioner.load(bundle), read_photos(CAPTIONS), []
    found = retrieve(model, photos, candidates=0, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(1, 9)]
    judge = Judge(model, fast=True)
    looked = [one for one in judge.look_each([photo.path for photo in photos]) if isinstance(one, Looked)]
    texts = [text for photo in photos for text in photo.captions]
    sentences = [judge.vocabulary.encode(text) for text in texts]
    rare = rarity(np.stack([one.kept["expected"] for one in looked]))
    log_p = np.concatenate([judge.read({"grid": one.kept["grid"][None]}, sentences) for one in looked])
    scores = weighed(log_p, sentences, rare, end=judge.vocabulary.end)
    own = np.repeat(np.arange(4), [len(photo.captions) for photo in photos])
    assert found.search.tolist() == [(scores[:, c] >= scores[own[c], c]).sum() for c in range(len(texts))]
    lifted = above_any(scores, 4)
    best = [min((lifted[p] >= lifted[p, c]).sum() for c in np.flatnonzero(own == p)) for p in range(4)]
    assert found.annotation.tolist() == best


def test_what_was_not_judged_comes_behind_in_the_order_of_the_guess():
    no = -np.inf
    exact = np.array([[3.0, 1.0, no, no], [3.0, 1.0, no, no], [3.0, 3.0, no, 1.0]])
    guessed = np.array([[0.0, 0.0, 5.0, 7.0]] * 3)
    assert _ranks(exact, guessed, np.array([1, 2, 0])).tolist() == [2, 4, 2]  # equal ones are before


def test_fewer_candidates_change_the_far_ranks_only(bundle):
    model, photos = captioner.load(bundle), read_photos(CAPTIONS)
    found = retrieve(model, photos, candidates=2, progress=lambda done, total: None)
    assert len(found.search) == sum(len(photo.captions) for photo in photos)
    assert set(found.search) <= {1, 2, 3, 4}
    assert len(found.annotation) == 4


def test_the_table_and_the_files():
    captions = [("a", 7), ("b", 7), ("c", 8)]
    found = Retrieval(20, captions, np.array([1, 7, 11]), np.array([4, 1]), 100, {"seed": 0})
    result = retrieval_result(found, {"file": "x", "split": None})
    scores = result.content["retrieval"]
    assert scores["search"] == pytest.approx(
        {"recall_at_1": 1 / 3, "recall_at_5": 1 / 3, "recall_at_10": 2 / 3, "median_rank": 7}
    )
    assert scores["annotation"]["recall_at_1"] == 0.5
    assert result.said[1] == {"image_id": 7, "caption": "b", "rank": 7}
    assert "a photo among 20" in result.text
    assert "66.7" in result.text


def test_the_command_writes_and_prints(bundle, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["evaluate", "--retrieval", str(CAPTIONS), "--model", str(bundle), "--out", str(out)]) == 0
    assert "a caption among 20" in capsys.readouterr().out
    assert json.loads((out / "scores.json").read_text())["candidates"] == 100
    assert len(json.loads((out / "results.json").read_text())) == 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--candidates", "-1"], "--candidates is -1"),
        (["--attention"], "--retrieval is an evaluation of its own"),
    ],
)
def test_what_does_not_go_together_is_refused(bundle, words, said, capsys):
    assert main(["evaluate", "--retrieval", str(CAPTIONS), "--model", str(bundle), *words]) == 2
    assert said in capsys.readouterr().err
