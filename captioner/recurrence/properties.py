"""Yes/no properties of each position of a text, as regular expressions, against which units are held."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

Mask = np.ndarray
"""One truth value a character of the text."""
Property = Callable[[str], Mask]
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def matching(pattern: str) -> Property:
    """Yes inside of every match, or inside of its group where the expression has groups; ^ and $ are a line's.

    Raises:
        ValueError: it is no regular expression.
    """
    try:
        expression = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None

    def mask(text: str) -> Mask:
        inside = np.zeros(len(text), bool)
        for match in expression.finditer(text):
            begin, end = match.span(match.lastindex or 0)
            inside[begin:end] = True
        return inside

    return mask


def inside_brackets(text: str) -> Mask:
    """Yes from an opening bracket of any kind to just before its closing one; an empty line closes all."""
    depth, inside = 0, np.zeros(len(text), bool)
    for place, letter in enumerate(text):
        depth = max(0, depth + BRACKETS.get(letter, 0))
        if text.startswith("\n\n", place):
            depth = 0
        inside[place] = depth > 0
    return inside


PROPERTIES: Mapping[str, Property] = {
    # from the opening quote to just before the closing one: that is when a reader knows it is inside
    "inside quotes": matching(r"""(?<!\w)[rbfuRBFU]{0,2}(?:("[^"\n]*)"|('[^'\n]*)')"""),
    "inside brackets": inside_brackets,
    "indent": matching(r"^[ \t]+"),
    "late in the line": matching(r"^.{40}(.+)"),
    'after "is"': matching(r"\bis(\W+\w+)"),
}
"""What is looked for by default."""


def of_tokens(prop: Property, tokens: Sequence[str]) -> Mask:
    """The property after each token: that of its last letter, not counting a space behind it."""
    mask = prop("".join(tokens))
    ends = np.cumsum([len(token) for token in tokens]) - 1
    spaces = np.array([len(token) > 1 and token[-1].isspace() for token in tokens])
    return mask[ends - spaces]
