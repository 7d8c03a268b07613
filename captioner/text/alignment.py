"""The same text cut into words in two ways: where a stretch of the one lies among the words of the other.

Letters without the gaps between words are compared, so that "t-shirt", "t shirt" and "tshirt" are the same, and small
differences of spelling ("blonde", "blond") move nothing else.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import accumulate

ALIKE = 0.9  # of the letters, so that two texts are the same one in another spelling
Code = tuple[str, int, int, int, int]


def alike(letters: str, texts: Iterable[str]) -> int | None:
    """Which of the texts has the same letters, or else nearly the same; None if none has.

    Args:
        letters: of a text, without gaps.
        texts: letters of others.
    """
    others = list(texts)
    if letters in others:
        return others.index(letters)
    ratios = [SequenceMatcher(None, other, letters, autojunk=False).ratio() for other in others]
    best = max(ratios, default=0.0)
    return ratios.index(best) if best >= ALIKE else None


def stretches(letters: str, spans: Sequence[tuple[int, int]], tokens: Sequence[str]) -> list[tuple[int, int] | None]:
    """The first and the last token that each span of letters lies in; None where nothing of the span is left.

    Args:
        letters: of one text, without gaps.
        spans: from where to where, behind the last letter.
        tokens: of the other text.
    """
    other, ends = "".join(tokens), list(accumulate(map(len, tokens)))
    codes: Sequence[Code] = [("equal", 0, len(letters), 0, len(other))]
    if letters != other:
        codes = SequenceMatcher(None, letters, other, autojunk=False).get_opcodes()
    found: list[tuple[int, int] | None] = []
    for start, end in spans:
        reached = [_reached(code, start, end) for code in codes if code[1] < end and code[2] > start]
        first, last = min((one for one, _ in reached), default=0), max((two for _, two in reached), default=0)
        found.append((bisect_right(ends, first), bisect_left(ends, last)) if first < last else None)
    return found


def _reached(code: Code, start: int, end: int) -> tuple[int, int]:
    """The letters of the other text that an edit makes of its part of a span: all of its own where it changes any."""
    kind, here, stop, there, until = code
    return (there + max(start - here, 0), there + min(end, stop) - here) if kind == "equal" else (there, until)
