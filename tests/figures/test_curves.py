"""Curves are well-formed SVG whose line goes where its points lie."""

import re
from xml.etree import ElementTree

import pytest

from captioner.figures.plots.curves import HEIGHT, WIDTH, _ticks, curve_svg


def line(svg):
    (points,) = [one.attrib["points"] for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("polyline")]
    return [tuple(map(float, point.split(","))) for point in points.split()]


def test_the_line_falls_where_the_values_fall_and_stays_inside():
    points = line(curve_svg([(0, 3.0), (50, 1.0), (100, 0.5)], title="loss", across="steps"))
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points)  # down the page
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)


def test_title_and_last_value_are_said_and_escaped():
    root = ElementTree.fromstring(curve_svg([(1, 0.25), (2, 0.75)], title="a < b & c", across="steps"))
    assert root.get("aria-label") == "a < b & c: 0.250 at first, 0.750 at last"
    assert not re.search(r"#(?!e07a00)", ElementTree.tostring(root, encoding="unicode"))  # else the text's own colour


@pytest.mark.parametrize("points", [[(0, 0.0)], [(5, 2.0)], [(0, 1e-14), (1, 4e-14)], [(0, -3.0), (1, -3.0)]])
def test_a_flat_curve_is_drawn(points):
    assert all(0 <= y <= HEIGHT for _, y in line(curve_svg(points, title="x", across="steps")))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 0.83), (0, 7.3), (-2.2, 0), (0, 0.0004), (0, 1234)])
def test_ticks_are_few_and_reach_around(low, high):
    ticks = _ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 3 <= len(ticks) <= 6
