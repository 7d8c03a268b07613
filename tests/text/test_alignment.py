"""Where a stretch of a text lies among the words of the same text, cut and spelled otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from captioner.text.alignment import alike, stretches


def spans(*parts):
    """Letters of a text in parts, and the span of every second part."""
    letters, found = "", []
    for number, part in enumerate(parts):
        start = len(letters)
        letters += part.replace(" ", "")
        if number % 2:
            found.append((start, len(letters)))
    return letters, found


def test_a_stretch_is_found_among_words():
    letters, found = spans("", "a dog", "in", "a t shirt")
    assert stretches(letters, found, ["a", "dog", "in", "a", "tshirt"]) == [(0, 1), (3, 4)]


def test_another_spelling_moves_nothing_else():
    letters, found = spans("", "two blond girls", "twirl", "their gray hair")
    tokens = ["two", "little", "blonde", "girls", "twirl", "their", "grey", "hair"]
    assert stretches(letters, found, tokens) == [(0, 3), (5, 7)]


def test_words_grown_together_belong_to_each_part():
    letters, found = spans("a man on", "stage")
    assert stretches(letters, found, ["a", "man", "onstage"]) == [(2, 2)]


def test_what_is_gone_is_none():
    letters, found = spans("a dog runs", "fast")
    assert stretches(letters, found, ["a", "dog", "runs"]) == [None]
    assert stretches(letters, found, []) == [None]
    assert stretches("", [(0, 0)], ["a"]) == [None]


@given(st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=8), st.data())
def test_a_text_cut_alike_has_its_stretches_where_they_were(tokens, data):
    first = data.draw(st.integers(0, len(tokens) - 1))
    last = data.draw(st.integers(first, len(tokens) - 1))
    start = len("".join(tokens[:first]))
    span = start, start + len("".join(tokens[first : last + 1]))
    assert stretches("".join(tokens), [span], tokens) == [(first, last)]


def test_the_same_letters_come_before_nearly_the_same():
    texts = ["ablondgirlruns", "ablondegirlruns", "adog"]
    assert alike("ablondegirlruns", texts) == 1
    assert alike("ablondgirlrun", texts) == 0
    assert alike("acatsleeps", texts) is None
    assert alike("a", []) is None
