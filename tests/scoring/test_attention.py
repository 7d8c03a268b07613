"""The measures of where a model looks, on maps made by hand, beside what they are in words."""

import numpy as np
import pytest

from captioner.scoring.attention import (
    MEASURES,
    Looked,
    centred,
    compared,
    measured,
    moved,
    score_attention,
    score_movement,
)


def measure(p, cover):
    """The measures of one map, by name."""
    return dict(zip(MEASURES, measured(np.array([p], float), np.array([cover], float))[0].tolist(), strict=True))


def test_mass_is_the_weight_on_what_is_named():
    assert measure([0.5, 0.3, 0.2, 0.0], [1, 0.5, 0, 0])["mass"] == pytest.approx(0.65)
    assert measure([0.25, 0.15, 0.1, 0.0], [1, 0.5, 0, 0])["mass"] == pytest.approx(0.65)  # half precision


def test_the_largest_weight_points_inside_if_half_of_its_place_is():
    for cover, pointing, touching in ((0.0, 0, 0), (0.49, 0, 1), (0.5, 1, 1), (1.0, 1, 1)):
        found = measure([0.1, 0.7, 0.1, 0.1], [1, cover, 1, 0])
        assert (found["pointing"], found["touching"]) == (pointing, touching)
    assert measure([0.1, 0.7, 0.1, 0.1], [0, 0.1 + 0.2 + 0.2 - 1e-16, 0, 0])["pointing"] == 1  # rounding


@pytest.mark.parametrize("p", [[0.7, 0.1, 0.1, 0.1], [0.25] * 4, [0, 0, 0, 0]])
def test_what_no_map_can_miss_is_no_point(p):
    touched, filled = measure(p, [0.1, 1, 1, 1]), measure(p, [0.5, 1, 1, 1])
    assert np.isnan([touched["touching"], filled["touching"], filled["pointing"]]).all()
    assert not np.isnan([touched["pointing"], touched["mass"], filled["mass"], filled["entropy"]]).any()


def test_of_equally_large_weights_each_counts():
    found = measure([0.4, 0.4, 0.1, 0.1], [1, 0.2, 0, 0])
    assert (found["pointing"], found["touching"]) == (0.5, 1)
    assert measure([0.25] * 4, [1, 0, 0, 0])["pointing"] == 0.25


def test_sharpness_and_entropy():
    even, one = measure([0.25] * 4, [1, 0, 0, 0]), measure([0, 1, 0, 0], [1, 0, 0, 0])
    assert (even["sharpness"], one["sharpness"]) == (1, 4)
    assert even["entropy"] == pytest.approx(np.log(4))
    assert one["entropy"] == 0


def test_a_map_without_weight_has_nothing_inside():
    assert list(measure([0, 0, 0, 0], [1, 1, 1, 0]).values()) == [0] * 5


def test_the_centred_map_is_largest_in_the_middle():
    odd, even = centred(25).reshape(5, 5), centred(16).reshape(4, 4)
    assert odd.argmax() == 12
    assert np.isclose(odd.sum(), 1)
    assert np.allclose(even, even[::-1, ::-1])
    assert measure(even.ravel(), [0] * 10 + [1] + [0] * 5)["pointing"] == 0.25  # one of four equal places


def test_maps_stand_beside_those_that_do_not_look():
    p, cover = np.eye(16)[[0, 15]], np.eye(16)[[0, 5]]
    values = compared(p, cover)
    assert values.shape == (2, 5, 4)
    pointing = values[:, MEASURES.index("pointing")]
    assert pointing.tolist() == [[1, 1 / 16, 0, 1], [0, 1 / 16, 0.25, -0.25]]
    assert values[0, MEASURES.index("mass"), :3].tolist() == pytest.approx([1, 1 / 16, centred(16)[0]])
    assert values[0, MEASURES.index("sharpness"), 1] == 1


def looked(p, cover, *kinds):
    return Looked(compared(np.array(p, float).reshape(-1, 4), np.array(cover, float).reshape(-1, 4)), kinds)


def scored(photos):
    scores = score_attention(photos, 4)
    assert scores is not None
    return scores


PHOTOS = [
    looked([[1, 0, 0, 0], [0, 1, 0, 0]], [[1, 1, 0, 0]] * 2, ("people",), ("animals", "scene")),
    looked([[0, 0, 1, 0]], [[1, 0, 0, 0]], ("people",)),
    looked([], []),
]


def test_every_word_counts_once_and_each_kind_has_its_own():
    scores = scored(PHOTOS)
    assert (scores.photos, scores.mentions, scores.places) == (3, 3, 4)
    assert scores.measures["mass"].attention.value == pytest.approx(2 / 3)
    assert scores.measures["mass"].even.value == pytest.approx((0.5 + 0.5 + 0.25) / 3)
    assert scores.measures["pointing"].gain.value == pytest.approx(
        2 / 3 - (0.5 + 0.5 + 0.25) / 3
    )  # 2 x 2 has no middle
    assert [(kind, each.mentions) for kind, each in scores.kinds.items()] == [
        ("people", 2),
        ("animals", 1),
        ("scene", 1),
    ]
    assert scores.kinds["people"].measures["mass"].attention.value == 0.5
    assert scores.kinds["scene"].measures["mass"].attention.value == 1


def test_words_that_no_map_can_miss_are_counted_and_not_scored():
    corner, wide, whole = [0, 0, 0, 1], [0.1] * 4, [1] * 4
    look = [0.7, 0.1, 0.1, 0.1]
    scores = scored([looked([look] * 3, [corner, wide, whole], ("dog",), ("dog",), ("sky",)), looked([], [])])
    assert (scores.mentions, scores.everywhere) == (3, {"pointing": 1, "touching": 2})
    assert scores.measures["touching"].attention == (0, 0, 0)  # of the corner alone
    assert scores.measures["touching"].even.value == 0.25
    assert scores.measures["pointing"].even.value == (0.25 + 0) / 2
    assert scores.measures["mass"].attention.value == pytest.approx((0.1 + 0.1 + 1) / 3)
    assert set(scores.kinds["sky"].measures) == {"mass", "sharpness", "entropy"}
    assert scores.kinds["dog"].mentions == 2


def test_intervals_are_from_photos_drawn_again():
    mass = scored(PHOTOS).measures["mass"].attention
    assert mass.low == 0  # sets with the second photo alone, and those where no word is have no say
    assert mass.high == 1
    assert scored(PHOTOS[:1] * 5).measures["mass"].attention == (1, 1, 1)


def test_nothing_named_has_no_scores():
    assert score_attention(PHOTOS[2:], 4) is None
    assert score_attention([], 4) is None


def test_movement_is_the_weight_that_goes_elsewhere():
    p = np.array([[1, 0, 0, 0], [0.75, 0.25, 0, 0], [0, 0, 0.5, 0.5]])
    steps, count, spread, words = moved(p)
    assert (steps, count, words) == (0.25 + 1, 2, 3)
    assert spread == pytest.approx(sum(np.abs(row - p.mean(axis=0)).sum() / 2 for row in p))
    assert moved(p[:1]).tolist() == [0, 0, 0, 1]
    assert moved(p[:0]).tolist() == [0, 0, 0, 0]
    found = score_movement([moved(p), moved(p[:2]), moved(p[:1])])
    assert found.steps.value == pytest.approx((1.25 + 0.25) / 3)
    assert found.spread.low <= found.spread.value <= found.spread.high
