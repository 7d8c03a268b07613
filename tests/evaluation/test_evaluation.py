"""Evaluation: each photo captioned once, results that pycocotools reads, scores that tell what they depend on."""

import json
from dataclasses import replace

import pytest
from pycocotools.coco import COCO

import captioner
from captioner.data.read.records import read_photos
from captioner.evaluation.captions import caption_result, evaluate
from captioner.scoring.captions.scores import score_captions
from tests import two_heads
from tests.paths import FIXTURES

SEARCH = captioner.Decoding(method="greedy", max_words=6)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return captioner.load(two_heads.save(tmp_path_factory.mktemp("model") / "bundle"))


@pytest.fixture(scope="module")
def photos():
    return read_photos(FIXTURES / "captions_train.json")


def test_scores_are_those_of_the_captions(model, photos):
    told = []
    found = evaluate(model, photos, SEARCH, batch=3, progress=lambda done, total: told.append((done, total)))
    said = {photo.id: model.caption(photo.path, SEARCH)[0].text for photo in photos}
    assert {key: result.text for key, result in found.said.items()} == said
    assert found.scores == score_captions(said, {photo.id: photo.captions for photo in photos}).values
    assert found.count == 4
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_is_written_can_be_read_by_the_official_tools(model, photos, tmp_path):
    found = evaluate(model, photos, SEARCH)
    caption_result(found, data={"file": "captions_train.json", "split": None}).write(tmp_path / "out")
    results = COCO(str(FIXTURES / "captions_train.json")).loadRes(str(tmp_path / "out/results.json"))
    assert {entry["image_id"]: entry["caption"] for entry in results.anns.values()} == {
        key: result.text for key, result in found.said.items()
    }
    written = json.loads((tmp_path / "out/scores.json").read_text())
    assert written["scores"] == found.scores
    assert written["photos"] == 4
    assert written["search"]["method"] == "greedy"
    assert written["search"]["seed"] is None
    assert written["data"]["file"] == "captions_train.json"


def test_a_photo_that_cannot_be_read_is_told(model, photos, tmp_path):
    with pytest.raises(ValueError, match=r"no.png: no such photo; `captioner data check` lists all such photos"):
        evaluate(model, [photos[0], replace(photos[1], path=tmp_path / "no.png")], SEARCH)


def test_photos_without_captions_are_said_and_not_scored(model, photos, tmp_path):
    bare = [replace(photo, captions=()) for photo in photos]
    found = evaluate(model, bare, SEARCH, out=tmp_path)
    assert (found.count, found.scored, found.scores, found.intervals) == (4, 0, {}, {})
    assert [entry["image_id"] for entry in json.loads((tmp_path / "results.json").read_text())] == list(found.said)
    some = evaluate(model, [photos[0], *bare[1:]], SEARCH)
    assert (some.count, some.scored) == (4, 1)
    assert some.scores == evaluate(model, photos[:1], SEARCH).scores
