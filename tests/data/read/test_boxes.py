"""How much of each place boxes and masks cover: by hand, and against counting pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.data.read.boxes import WHOLE, coverage, mask_coverage


def test_a_box_covers_places_by_their_shared_area():
    cover = coverage([(0.25, 0.25, 0.625, 0.5)], 4)
    assert cover.reshape(4, 4).tolist() == [[0, 0, 0, 0], [0, 1, 0.5, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_where_boxes_lie_over_each_other_nothing_counts_twice():
    left, right, inner = (0, 0, 0.75, 0.5), (0.5, 0, 1, 0.5), (0.5, 0.25, 0.75, 0.5)
    assert coverage([left, right, inner, left], 2).tolist() == [1, 1, 0, 0]
    assert coverage([left, inner], 2).tolist() == [1, 0.5, 0, 0]


def test_no_box_covers_nothing():
    assert coverage([], 3).tolist() == [0] * 9


def test_what_lies_beside_the_grid_does_not_count():
    assert coverage([(-1, -1, 0.5, 2)], 2, (0.25, 0, 0.75, 1)).tolist() == [1, 0, 1, 0]  # cropped left and right
    assert coverage([WHOLE], 2, (-0.5, 0, 1.5, 1)).tolist() == [0.5, 0.5, 0.5, 0.5]  # padded left and right


corner = st.integers(-4, 24)
box = st.tuples(corner, corner, st.integers(1, 20), st.integers(1, 20))


@given(
    st.lists(box, max_size=5), st.integers(1, 6), st.sampled_from([(0, 0, 20, 20), (4, 0, 16, 20), (-6, -3, 26, 20)])
)
def test_boxes_equal_their_mask_and_the_count_of_their_pixels(boxes, side, region):
    fine = 12 * side  # subpixels of the region, so that every edge of a place and of a box lies between two
    left, top, right, bottom = region
    x = left + (np.arange(fine * (right - left)) + 0.5) / fine
    y = top + (np.arange(fine * (bottom - top)) + 0.5) / fine
    corners = [(a, b, a + width, b + height) for a, b, width, height in boxes]
    inside = np.zeros((len(y), len(x)))
    for a, b, c, d in corners:
        inside[np.ix_((b < y) & (y < d), (a < x) & (x < c))] = 1
    counted = inside.reshape(side, len(y) // side, side, len(x) // side).mean(axis=(1, 3)).ravel()
    shares = [tuple(edge / 20 for edge in each) for each in corners]
    cover = coverage(shares, side, tuple(edge / 20 for edge in region))
    np.testing.assert_allclose(cover, counted, atol=1e-12)
    mask = np.zeros((20, 20))
    for a, b, c, d in corners:
        mask[max(b, 0) : max(d, 0), max(a, 0) : max(c, 0)] = 1
    if all(0 <= edge <= 20 for each in corners for edge in each):
        np.testing.assert_allclose(mask_coverage(mask, side, tuple(edge / 20 for edge in region)), cover, atol=1e-12)


def test_a_mask_in_halves_counts_half():
    assert mask_coverage(np.array([[0.5, 1.0]]), 2).tolist() == pytest.approx([0.5, 1, 0.5, 1])
