"""Text for a terminal: as it is, but for what would move its cursor, break a line, or turn its direction."""

import unicodedata
from collections.abc import Collection

# Category Cc, control codes; Zl and Zp, other ends of lines; Cs, halves of characters, such as bytes of a file's name
# that are no UTF-8; and of the format codes (Cf) those that turn the direction of all that follows.
HARMFUL = ("Cc", "Zl", "Zp", "Cs")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(text: object, *, keep: Collection[str] = ()) -> str:
    r"""The text with escapes, such as \n, for what is no visible letter and moves the cursor.

    Args:
        text: a name, a caption, a sentence.
        keep: control codes that are meant.
    """
    whole = str(text)
    if whole.isprintable():
        return whole
    return "".join(
        letter.encode("unicode_escape").decode() if letter not in keep and _harms(letter) else letter
        for letter in whole
    )


def _harms(letter: str) -> bool:
    return unicodedata.category(letter) in HARMFUL or letter in TURNING
