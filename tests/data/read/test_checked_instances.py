"""Instances files as people have them: the box serves where a polygon cannot, and what cannot be is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as masks

from captioner.data.read.instances import Instances, read_instances


def instances(tmp_path: Path, *, image: dict[str, Any] | None = None, **changes: Any) -> Path:
    """A file with one photo and one object, the changes made to the object."""
    one = {"id": 5, "image_id": 7, "category_id": 1, "bbox": [8, 8, 16, 16], "iscrowd": 0, "area": 256} | changes
    content = {
        "images": [{"id": 7, "width": 64, "height": 64} | (image or {})],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [one],
    }
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "segmentation",
    [
        None,
        [],
        [[]],
        [8, 8, 24, 8, 24, 24, 8, 24],
        [[8, 8, 24, 24]],
        [[8, 8, 24, 24, 30, 30]],
        [["8", "8", "24", "8", "24", "24"]],
        [None],
        "polygon",
        7,
        [[8, 8, 24, 8, float("nan"), 24]],
    ],
)
def test_the_box_serves_where_a_polygon_cannot(tmp_path, segmentation):
    cover = Instances(instances(tmp_path, segmentation=segmentation)).covered(7, "dog", 4)
    assert cover.tolist() == Instances(instances(tmp_path)).covered(7, "dog", 4).tolist()
    assert cover.sum() == 1


@pytest.mark.parametrize(
    "box", [None, "1,2,3,4", ["1", "2", "3", "4"], [1, 2, 3], [1, 2, 0, 4], [1, 2, 3, float("inf")]]
)
def test_a_box_that_must_serve_and_cannot_is_named(tmp_path, box):
    with pytest.raises(ValueError, match=r"instances\.json: annotation 5 has the box .*; without a polygon or mask"):
        Instances(instances(tmp_path, bbox=box))
    whole = [[8, 8, 24, 8, 24, 24, 8, 24]]
    assert Instances(instances(tmp_path, bbox=box, segmentation=whole)).covered(7, "dog", 4).any()


@pytest.mark.parametrize("side", [None, 0, -3, "64", 6.5, True])
def test_a_photo_without_a_size_is_named(tmp_path, side):
    with pytest.raises(ValueError, match=r"photo 7 has width .*; both must be whole numbers of pixels from 1"):
        Instances(instances(tmp_path, image={"height": side}))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (
            {"size": [64, 64], "counts": [0, 10]},
            "annotation 5 has a run-length mask of 10 pixels, and its",
        ),
        ({"size": [64, 64], "counts": [0, 5000]}, "of 5,000 pixels"),
        ({"size": [32, 64], "counts": [0, 2048]}, r"of the size \[32, 64\], and its photo is \[64, 64\]"),
        ({"counts": [0, 4096]}, "of the size None"),
        ({"size": [64, 64], "counts": [-5, 4101]}, "counts are no whole numbers from 0"),
        ({"size": [64, 64], "counts": ["4096"]}, "counts are no whole numbers"),
        ({"size": [64, 64], "counts": "R" * 900_000}, "counts are no whole numbers"),
        ({"size": [64, 64], "counts": "ü"}, "counts are no whole numbers"),
        ({"size": [64, 64]}, "counts are no whole numbers"),
    ],
)
def test_a_mask_that_does_not_fill_its_photo_is_refused(tmp_path, mask, message):
    with pytest.raises(ValueError, match=message):
        Instances(instances(tmp_path, segmentation=mask))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.02, 0.98))
def test_packed_masks_are_measured_as_coco_draws_them(tmp_path_factory, seed, share):
    drawn = np.asfortranarray(np.random.default_rng(seed).random((64, 64)) < share, np.uint8)
    packed = masks.encode(drawn)
    mask = {"size": packed["size"], "counts": packed["counts"].decode("ascii")}
    folder = tmp_path_factory.getbasetemp()
    read_instances(instances(folder, segmentation=mask))
    cut = {**mask, "counts": mask["counts"][:-1]}
    with pytest.raises(ValueError, match="run-length mask"):
        read_instances(instances(folder, segmentation=cut))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_id": 8}, "annotation 5 is about photo 8, which is not among the images"),
        ({"image_id": [7]}, r"'image_id' of number 1 of the annotations is \[7\], no id"),
        ({"id": None}, "'id' of number 1 of the annotations is None, no id"),
    ],
)
def test_ids_that_are_none_are_named(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_instances(instances(tmp_path, **changes))


def test_an_id_that_stands_twice_and_a_category_without_a_name(tmp_path):
    path = instances(tmp_path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"annotations": content["annotations"] * 2}))
    with pytest.raises(ValueError, match="id 5 stands twice among the annotations"):
        read_instances(path)
    path.write_text(json.dumps(content | {"categories": [{"id": 1, "name": None}]}))
    with pytest.raises(ValueError, match="category 1 is called None, which is no name"):
        read_instances(path)
