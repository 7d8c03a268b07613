"""Names of objects by photo, from an instances file, and what is wrong with files that are none."""

import json
import re

import pytest

from captioner.data.feed.objects import ObjectDataset, read_named
from captioner.data.scenes.writing import make_scenes
from captioner.images import ImageSpec


@pytest.fixture(scope="module")
def instances(tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects") / "scenes"
    make_scenes(folder, train=5, val=0, test=0)
    return folder / "instances_train.json"


def test_each_picture_has_the_names_of_what_was_drawn(instances):
    named, drawn = read_named(instances), json.loads(instances.read_text())
    assert len(named.kinds) == 24
    assert [path.is_file() for path in named.photos] == [True] * 5
    names = {category["id"]: category["name"] for category in drawn["categories"]}
    for present, image in zip(named.present, drawn["images"], strict=True):
        there = {names[one["category_id"]] for one in drawn["annotations"] if one["image_id"] == image["id"]}
        assert {named.kinds[place] for place in present} == there


def test_an_item_is_pixels_and_a_one_for_each_kind_that_is_there(instances):
    named = read_named(instances)
    data = ObjectDataset(named, ImageSpec(32, (0.5,) * 3, (0.25,) * 3))
    pixels, present = data[3]
    assert len(data) == 5
    assert pixels.shape == (3, 32, 32)
    assert set(present.nonzero().flatten().tolist()) == named.present[3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"categories": 3}, "'categories' must be list"),
        ({"images": []}, "names 0 photos and 24 kinds of objects, but both are needed"),
        ({"annotations": [{"image_id": 99, "category_id": 1}]}, "annotation 0: its image or its category is not in"),
    ],
)
def test_files_that_name_no_objects(instances, tmp_path, change, message):
    content = json.loads(instances.read_text())
    if change.get("images") == []:
        change = change | {"annotations": []}
    (tmp_path / "instances.json").write_text(json.dumps(content | change))
    with pytest.raises(ValueError, match=re.escape(message)):
        read_named(tmp_path / "instances.json")
