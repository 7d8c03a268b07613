"""The order in which the words of a line are seen, by Unicode's rules for two directions (Unicode annex 9).

Within a word, matplotlib's text engine (raqm) orders and joins the letters; a figure places word after word itself.
"""

import unicodedata
from collections.abc import Sequence
from itertools import groupby


def runs_left(words: Sequence[str]) -> bool:
    """Whether a text begins at the right: by its first letter that has a direction (rules P2 and P3)."""
    return next((way for word in words if (way := _to_the_left(word)) is not None), False)


def in_sight(words: Sequence[str], *, from_right: bool) -> list[int]:
    """The numbers of a line's words from left to right: runs of words against the line's direction keep theirs.

    Args:
        words: of the line, as they are read.
        from_right: the direction of the text; words without a letter, such as numbers, stand as their neighbours do.
    """
    ways = [_to_the_left(word) for word in words]
    for place, way in enumerate(ways):  # between two of one direction a word has theirs, else the line's
        if way is None:
            before = next((each for each in reversed(ways[:place]) if each is not None), from_right)
            after = next((each for each in ways[place:] if each is not None), from_right)
            ways[place] = before if before == after else from_right
    order: list[int] = []
    for against, run in groupby(range(len(words)), lambda place: ways[place] != from_right):
        places = list(run)
        order += places[::-1] if against else places
    return order[::-1] if from_right else order


def _to_the_left(word: str) -> bool | None:
    """The direction of a word's first letter that has one; None if none has."""
    for letter in word:
        if (kind := unicodedata.bidirectional(letter)) in ("L", "R", "AL"):
            return kind != "L"
    return None
