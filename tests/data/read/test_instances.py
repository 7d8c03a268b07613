"""Objects of photos from COCO's instances files: boxes, masks, files that are none."""

import json

import numpy as np
import pytest

from captioner.data.read.instances import Instances


def instances(**changes):
    content = {
        "images": [{"id": 7, "width": 80, "height": 40}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 20, 10]},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": [60, 30, 20, 10]},
        ],
    }
    return content | changes


def written(tmp_path, content):
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(content))
    return path


def test_all_objects_of_a_category_count(tmp_path):
    objects = Instances(written(tmp_path, instances()))
    assert objects.size(7) == (80, 40)
    assert np.flatnonzero(objects.covered(7, "dog", 4)).tolist() == [0, 15]
    assert not objects.covered(7, "cat", 4).any()


def test_masks_count_before_boxes(tmp_path):
    triangle = {"segmentation": [[0, 0, 80, 0, 0, 40]], "area": 1600, "iscrowd": 0}
    one = {"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, 80, 40]}
    runs = {"segmentation": {"counts": [0, 40 * 20, 40 * 60], "size": [40, 80]}, "iscrowd": 1}
    crowd = {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 80, 40]}
    objects = Instances(written(tmp_path, instances(annotations=[one | triangle, crowd | runs])))
    cover = objects.covered(7, "cat", 4).reshape(4, 4)
    assert cover[0, 0] == 1
    assert cover[0, 3] == pytest.approx(0.5, abs=0.1)
    assert not cover[np.add.outer(range(4), range(4)) > 3].any()
    assert objects.covered(7, "dog", 4).reshape(4, 4).tolist() == [[1, 0, 0, 0]] * 4


def test_an_unknown_photo_is_named(tmp_path):
    with pytest.raises(ValueError, match="has no photo 8; is it of the same photos"):
        Instances(written(tmp_path, instances())).size(8)


@pytest.mark.parametrize("content", [[], {"images": []}, instances(annotations=[{"id": 1}]), instances(images=3)])
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(ValueError, match="is no COCO instances file: it needs a list of"):
        Instances(written(tmp_path, content))


def test_objects_over_each_other_count_once(tmp_path):
    boxes = [{"id": n, "image_id": 7, "category_id": 1, "bbox": [10 * n, 0, 40, 20]} for n in (0, 1, 2)]
    objects = Instances(written(tmp_path, instances(annotations=boxes)))
    assert objects.covered(7, "dog", 2).tolist() == [1, 0.5, 0, 0]
    assert objects.covered(7, "dog", 2, (0.25, 0, 0.75, 1)).tolist() == [1, 1, 0, 0]  # cropped to the middle square
