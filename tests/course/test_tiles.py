"""The little world of the course: pictures of which no two are alike, and texts that are true of them."""

import numpy as np
import pytest

from captioner.nn.encoder.grid import GridEncoder
from course import tiles


def test_all_pictures_with_one_thing_are_there_once_and_look_different():
    boards = tiles.boards_with_one()
    assert len(set(boards)) == len(boards) == 6 * 4 * 16
    assert len({board.picture().tobytes() for board in boards[:30]}) == 30


def test_pictures_with_two_things_are_different_and_the_first_ones_stay_the_same():
    boards = tiles.boards_with_two(60)
    assert len(set(boards)) == 60
    assert tiles.boards_with_two(20) == boards[:20]


@pytest.mark.parametrize(
    ("tile", "corner"), [(0, "top left"), (7, "top right"), (8, "bottom left"), (15, "bottom right")]
)
def test_captions_say_what_is_where(tile, corner):
    board = tiles.Board((tiles.Piece("red", "star", tile),))
    assert board.captions == [f"a red star {corner}", f"there is a red star {corner}"]


def test_a_question_is_asked_only_where_it_has_one_answer():
    board = tiles.Board((tiles.Piece("red", "star", 0), tiles.Piece("red", "circle", 15)))
    asked = dict(board.questions)
    assert asked["what color is the circle"] == "red"
    assert asked["where is the red circle"] == "bottom right"
    assert "what shape is the red thing" not in asked


def test_a_thing_lies_on_its_tile_and_the_encoder_sees_it_there_alone():
    boards = [tiles.Board((tiles.Piece("blue", shape, 6),)) for shape in ("circle", "square", "triangle", "star")]
    encoder = GridEncoder("tiles", "none", parts=tiles.patches())
    grid = encoder(tiles.pixels(boards))
    assert grid.shape == (4, 16, 192)
    spread = (grid.amax(dim=2) - grid.amin(dim=2)).numpy()
    assert np.array_equal(spread > 0, np.arange(16)[None].repeat(4, axis=0) == 6)


def test_the_pooled_encoder_gives_one_vector():
    encoder = GridEncoder("tiles", "none", mode="global", parts=tiles.patches(pooled=True))
    assert encoder(tiles.pixels(tiles.boards_with_one()[:2])).shape == (2, 1, 192)
