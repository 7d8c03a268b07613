"""Deletion and insertion with a stand-in model whose caption rests on one place of the photo."""

from math import log

import numpy as np
import pytest
from PIL import Image

from captioner.evaluation.faithfulness import STEPS, Curves, faithfulness, follow, places
from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned

SPEC = ImageSpec(size=8)


def explain(photo: Image.Image, text: str) -> Caption:
    """A caption that is probable as far as the top left ninth of the photo is red."""
    red, green, _ = np.asarray(photo, float)[:10, :20].reshape(-1, 3).mean(axis=0)
    return Caption(text, ("red",), 2 * log(max(red - green, 1) / 255), 0.0, np.zeros((1, 9)))


@pytest.fixture
def photo(tmp_path):
    pixels = np.zeros((30, 60, 3), np.uint8)
    pixels[:10, :20, 0] = 255
    path = tmp_path / "red.png"
    Image.fromarray(pixels).save(path)
    return path


def said(photo, place, places=9):
    p = np.full((1, places), 0.1, np.float32)
    p[0, place] = 0.2
    return Captioned(photo, (Caption("red", ("red",), -1.0, -1.0, p),), SPEC)


def test_places_lie_as_the_grid_over_the_photo():
    assert places((4, 2), SPEC, 2).tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]
    cropped = places((4, 2), ImageSpec(size=8, resize="crop"), 2)  # the grid covers the middle square
    assert cropped.tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]
    padded = places((2, 4), ImageSpec(size=8, resize="pad"), 4)
    assert padded.tolist() == [[1, 2], [5, 6], [9, 10], [13, 14]]


def test_the_place_that_matters_is_deleted_and_inserted_in_its_turn(photo):
    for turn in (0, 8):
        order = np.roll(np.arange(9), turn)  # place 0 comes first, or last
        deletion, insertion = follow(explain, SPEC, Image.open(photo), "red", order)
        changed = np.linspace(0, 9, STEPS + 1) > turn
        assert [height < -1 for height in deletion] == changed.tolist()
        assert [height > -0.1 for height in insertion] == changed.tolist()


def test_looking_at_what_matters_beats_a_random_order(photo):
    told = []
    result = faithfulness(explain, SPEC, [said(photo, 0)] * 5, progress=lambda done, total: told.append((done, total)))
    assert result.photos == 5
    assert (result.shares[0], result.shares[-1]) == (0, 1)
    assert result.attention.areas[0] < result.random.areas[0]  # falls sooner
    assert result.attention.areas[1] > result.random.areas[1]  # rises sooner
    assert told[-1] == (5, 5)


def test_areas_are_mean_heights():
    assert Curves((0.0, -1.0, -1.0), (-2.0, -2.0, 0.0)).areas == pytest.approx((-0.75, -1.5))


def test_many_photos_are_thinned_evenly(photo):
    result = faithfulness(explain, SPEC, [said(photo, 0)] * 3 + [said(photo, 8)] * 199)
    assert result.photos == 68


def test_a_model_without_places_is_refused(photo):
    with pytest.raises(ValueError, match="no places to look at, so there is no order"):
        faithfulness(explain, SPEC, [said(photo, 0, places=1)])
