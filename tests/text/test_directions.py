"""Words of two directions on one line, compared with a whole implementation of Unicode's rules."""

import pytest
from bidi import get_display

from captioner.figures.canvas import Typeface
from captioner.text.directions import in_sight, runs_left

HEBREW = ["\u05d0", "\u05d1", "\u05d2", "\u05d3"]


@pytest.mark.parametrize(
    "words",
    [
        ["a", "b", "c"],
        HEBREW,
        ["a", *HEBREW[:2], "b", "c", *HEBREW[2:]],
        [HEBREW[0], "a", "b", *HEBREW[1:], "c"],
        [*HEBREW[:2], "...", HEBREW[2]],
        ["a", "...", HEBREW[0], HEBREW[1], "!"],
        ["\u0643", "\u0644", "a"],
        [],
    ],
)
def test_the_order_is_unicodes(words):
    from_right = runs_left(words)
    display = get_display(" ".join(words), base_dir="R" if from_right else "L")
    assert [words[place] for place in in_sight(words, from_right=from_right)] == display.split()


def test_a_line_that_runs_left_begins_at_the_right_end():
    face = Typeface.having(HEBREW)
    ((first, left), (second, right)) = face.lines(HEBREW[:2], size=17, width=3)[0]
    assert (first, second) == (1, 0)
    assert left < right
    assert right + face.width(HEBREW[0], 17) == pytest.approx(3)
    narrow = face.lines(HEBREW, size=17, width=face.width(" ".join(HEBREW[:2]), 17) + 0.01)
    assert [[number for number, _ in line] for line in narrow] == [[1, 0], [3, 2]]
