import json
from itertools import chain

import numpy as np
import pytest
from PIL import Image

from captioner.data.read.records import read_photos
from captioner.data.scenes.writing import CATEGORIES, make_scenes

COUNTS = {"train": 6, "val": 2, "test": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "scenes"
    make_scenes(folder, train=COUNTS["train"], val=COUNTS["val"], test=COUNTS["test"])
    return folder


def test_photos_read_as_coco_captions_with_ids_of_their_own(folder):
    photos = {split: read_photos(folder / f"captions_{split}.json") for split in COUNTS}
    assert {split: len(some) for split, some in photos.items()} == COUNTS
    everyone = list(chain(*photos.values()))
    assert len({photo.id for photo in everyone}) == len({photo.path for photo in everyone}) == sum(COUNTS.values())
    for photo in everyone:
        assert len(set(photo.captions)) == 5
        with Image.open(photo.path) as picture:
            assert (picture.size, picture.mode) == ((64, 64), "RGB")


def test_boxes_are_where_the_picture_differs_from_its_ground(folder):
    instances = json.loads((folder / "instances_train.json").read_text())["annotations"]
    for photo in read_photos(folder / "captions_train.json"):
        pixels = np.asarray(Image.open(photo.path)).astype(int)
        seen = np.abs(pixels - pixels[0, 0]).max(axis=2) > 12
        boxed = np.zeros_like(seen)
        for x, y, width, height in (one["bbox"] for one in instances if one["image_id"] == photo.id):
            inside = seen[int(y) : int(y + height) + 2, int(x) : int(x + width) + 2]
            assert inside.mean() > 0.3
            boxed[int(y) : int(y + height) + 2, int(x) : int(x + width) + 2] = True
        assert not (seen & ~boxed).any()


def test_questions_have_the_layout_of_vqa(folder):
    asked = json.loads((folder / "questions_val.json").read_text())
    answered = json.loads((folder / "annotations_val.json").read_text())
    ids = {photo.id for photo in read_photos(folder / "captions_val.json")}
    assert [q["question_id"] for q in asked["questions"]] == [a["question_id"] for a in answered["annotations"]]
    assert {q["image_id"] for q in asked["questions"]} == ids
    for answer in answered["annotations"]:
        assert answer["answer_type"] in ("yes/no", "number", "other")
        assert [one["answer"] for one in answer["answers"]] == [answer["multiple_choice_answer"]] * 10


def test_categories_are_colours_and_shapes(folder):
    content = json.loads((folder / "instances_test.json").read_text())
    assert {one["name"]: one["id"] for one in content["categories"]} == CATEGORIES
    assert len(CATEGORIES) == 24


def test_a_scene_does_not_depend_on_how_many_there_are(folder, tmp_path):
    make_scenes(tmp_path / "few", train=2, val=0, test=1)
    for name in ("train_000001.png", "test_000000.png"):
        assert (tmp_path / "few/images" / name).read_bytes() == (folder / "images" / name).read_bytes()
    few, many = (read_photos(place / "captions_train.json") for place in (tmp_path / "few", folder))
    assert [(p.id, p.captions) for p in few] == [(p.id, p.captions) for p in many[:2]]


def test_another_seed_makes_another_world(folder, tmp_path):
    make_scenes(tmp_path / "other", train=1, val=0, test=0, seed=1)
    name = "images/train_000000.png"
    assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_the_same_settings_keep_the_folder(folder):
    before = (folder / "scenes.json").stat().st_mtime_ns
    make_scenes(folder, train=COUNTS["train"], val=COUNTS["val"], test=COUNTS["test"])
    assert (folder / "scenes.json").stat().st_mtime_ns == before


def test_a_folder_of_something_else_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="holds something else than these scenes; name a new folder"):
        make_scenes(folder, train=7)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match="holds something else"):
        make_scenes(tmp_path)
    with pytest.raises(ValueError, match="holds something else"):
        make_scenes(tmp_path / "notes.txt")


def test_an_interrupted_making_leaves_nothing(tmp_path):
    def interrupt(done: int, total: int) -> None:
        assert total == 1000
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_scenes(tmp_path / "scenes", progress=interrupt, train=1000, val=0, test=0)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled(tmp_path):
    make_scenes(tmp_path / ".", train=1, val=0, test=0)
    assert (tmp_path / "images/train_000000.png").is_file()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": -1}, "the number of train scenes must lie in 0 to 1000000, not be -1"),
        ({"test": 1_000_001}, "the number of test scenes must lie in 0 to 1000000"),
        ({"size": 31}, "pictures of scenes need at least 32 pixels a side"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        make_scenes(tmp_path / "scenes", **settings)
