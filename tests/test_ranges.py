"""One check of numbers for every setting: what it takes, and the sentence with which it refuses."""

import math
import re

import pytest

from captioner.ranges import COUNT_OR_ALL, PART, SHARE, WEIGHT, Range, check_ranges

ABOVE, OPEN = Range(0, above=True), Range(0, 1, above=True, below=True)


@pytest.mark.parametrize(
    ("allowed", "inside", "outside", "words"),
    [
        (SHARE, [0, 1, 0.5], [-1e-9, 1.1, math.nan, True, "1", None], "a number from 0 to 1"),
        (PART, [0, 0.99], [1, 5, math.nan], "a number from 0 to below 1"),
        (WEIGHT, [0, 1e300], [-1, math.inf, math.nan], "a finite number from 0 on"),
        (ABOVE, [1e-300, 9], [0, -1, math.inf, math.nan], "a finite number above 0"),
        (OPEN, [0.5], [0, 1], "a number above 0 and below 1"),
        (COUNT_OR_ALL, [1, None], [0, 1.0, 1e3, True], "a whole number from 1 to 1,000,000,000, or none"),
    ],
)
def test_what_is_inside_and_how_it_is_said(allowed, inside, outside, words):
    assert all(value in allowed for value in inside)
    assert not any(value in allowed for value in outside)
    assert str(allowed) == words


def test_the_setting_its_value_and_what_is_allowed_are_named():
    check_ranges({"rate": 1, "name": "x"}, {"rate": WEIGHT}, of="model.")
    with pytest.raises(ValueError, match=re.escape("model.rate is -1, but must be a finite number from 0 on")):
        check_ranges({"rate": -1, "name": "x"}, {"rate": WEIGHT}, of="model.")
