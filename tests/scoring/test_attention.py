"""Pointing game and mass on maps made by hand, against counting pixels; objects from COCO's instances files."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.scoring.attention import Instances, Mention, centred, covered, mass, pointing, score_attention

# a grid of 4 x 4 places over a photo of 80 x 40 pixels: a place has 20 x 10
PHOTO = (0.0, 0.0, 80.0, 40.0)


def looking_at(place: int, places: int = 16) -> np.ndarray:
    p = np.full(places, 0.5 / (places - 1))
    p[place] = 0.5
    return p


def test_a_box_covers_places_by_their_shared_area():
    cover = covered((20, 10, 30, 10), PHOTO, 4)
    assert cover == pytest.approx(np.array([0, 0, 0, 0, 0, 1, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0]))


def test_what_lies_beside_the_grid_does_not_count():
    cover = covered((-100, -100, 140, 120), (20.0, 0.0, 60.0, 40.0), 2)
    assert cover == pytest.approx(np.array([1, 0, 0, 0]))


@given(
    st.tuples(st.integers(-5, 30), st.integers(-5, 30), st.integers(1, 30), st.integers(1, 30)),
    st.integers(1, 6),
)
def test_a_box_equals_its_mask_and_the_count_of_its_pixels(box, side):
    x, y, width, height = box
    pixels = np.zeros((60, 60))
    pixels[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)] = 1
    region = (0.0, 0.0, 60.0, 60.0)
    cover = covered(box, region, side)
    assert np.allclose(cover, covered((0, 0, 60, 60), region, side, pixels))
    assert np.isclose(cover.sum() * (60 / side) ** 2, pixels.sum())


def test_the_maximum_counts_inside_the_box_grown_by_half_a_place():
    # the middles of the places lie at x 10, 30, 50, 70; grown by 10 pixels, this box ends at 49 or at 51
    for width, inside in ((19, False), (21, True)):
        cover = covered((20, 10, width, 10), PHOTO, 4)
        assert pointing(looking_at(6), cover) == inside
        assert pointing(looking_at(5), cover) == 1
        assert pointing(looking_at(0), cover) == 0


def test_of_equally_large_weights_each_counts():
    cover = np.array([1.0, 0, 0, 0])
    assert pointing(np.array([0.4, 0.4, 0.1, 0.1]), cover) == pytest.approx(0.5)
    assert pointing(np.full(4, 0.25), cover) == pytest.approx(0.25)


def test_mass_is_the_weight_on_the_object():
    p = np.array([0.5, 0.3, 0.2, 0.0])
    assert mass(p, np.array([1, 0.5, 0, 0])) == pytest.approx(0.65)
    assert mass(p / 2, np.array([1, 0.5, 0, 0])) == pytest.approx(0.65)  # half precision need not sum to 1


def test_the_centred_map_is_largest_in_the_middle():
    odd, even = centred(25).reshape(5, 5), centred(16).reshape(4, 4)
    assert odd.argmax() == 12
    assert np.isclose(odd.sum(), 1)
    assert np.allclose(even, even[::-1, ::-1])
    assert pointing(even.ravel(), covered((39, 19, 1, 1), PHOTO, 4)) == pytest.approx(0.25)  # one of four equal places


def test_scores_stand_beside_those_of_maps_that_do_not_look():
    left = covered((0, 0, 20, 10), PHOTO, 4)
    middle = covered((20, 10, 40, 20), PHOTO, 4)
    scores = score_attention([Mention(looking_at(0), left), Mention(looking_at(15), middle)])
    assert scores.mentions == 2
    assert scores.pointing.attention == pytest.approx(0.5)
    assert scores.pointing.uniform == pytest.approx((1 / 16 + 4 / 16) / 2)  # chance
    assert scores.pointing.centre == pytest.approx(0.5)
    assert scores.mass.uniform == pytest.approx(scores.pointing.uniform)
    assert scores.mass.attention == pytest.approx((0.5 + 4 * 0.5 / 15) / 2)


def test_nothing_named_is_refused():
    with pytest.raises(ValueError, match="no word of the captions names an object"):
        score_attention([])


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
    assert np.flatnonzero(objects.covered(7, "dog", PHOTO, 4)).tolist() == [0, 15]
    assert not objects.covered(7, "cat", PHOTO, 4).any()


def test_masks_count_before_boxes(tmp_path):
    triangle = {"segmentation": [[0, 0, 80, 0, 0, 40]], "area": 1600, "iscrowd": 0}
    one = {"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, 80, 40]}
    runs = {"segmentation": {"counts": [0, 40 * 20, 40 * 60], "size": [40, 80]}, "iscrowd": 1}
    crowd = {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 80, 40]}
    objects = Instances(written(tmp_path, instances(annotations=[one | triangle, crowd | runs])))
    cover = objects.covered(7, "cat", PHOTO, 4).reshape(4, 4)
    assert cover[0, 0] == 1
    assert cover[0, 3] == pytest.approx(0.5, abs=0.1)
    assert not cover[np.add.outer(range(4), range(4)) > 3].any()
    assert objects.covered(7, "dog", PHOTO, 4).reshape(4, 4).tolist() == [[1, 0, 0, 0]] * 4


def test_an_unknown_photo_is_named(tmp_path):
    with pytest.raises(ValueError, match="has no photo 8; is it of the same photos"):
        Instances(written(tmp_path, instances())).size(8)


@pytest.mark.parametrize("content", [[], {"images": []}, instances(annotations=[{"id": 1}]), instances(images=3)])
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(ValueError, match="is no COCO instances file: it needs a list of"):
        Instances(written(tmp_path, content))
