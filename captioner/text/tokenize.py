"""Text to tokens and back: words of any script, or single characters."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

Kind = Literal["words", "characters"]

# These stand inside words and are taken out without a gap: "t-shirt" is "tshirt", "man's" is "mans".
INSIDE_WORDS = frozenset("'’ʼ-\u2010\u2011\u00ad\ufeff")
# The first letters of Unicode's categories: punctuation, symbols, separators, control codes. Marks (M) are parts of
# words in many scripts, and format codes (Cf) join the letters of some.
BETWEEN_WORDS = ("P", "S", "Z", "Cc")


def words(text: str) -> list[str]:
    """Cuts a text into lower-case words without punctuation, composed to NFC.

    Words are what stands between spaces, so languages that are written without spaces need `characters`.
    """
    text = unicodedata.normalize("NFC", text.lower())
    letters = [
        " " if unicodedata.category(letter).startswith(BETWEEN_WORDS) else letter
        for letter in text
        if letter not in INSIDE_WORDS
    ]
    return unicodedata.normalize("NFC", "".join(letters)).split()


def characters(text: str) -> list[str]:
    """Cuts a text into its characters (code points of NFC); case, punctuation and spaces stay."""
    return list(unicodedata.normalize("NFC", text))


def detokenize(tokens: Sequence[str], kind: Kind) -> str:
    """Joins tokens of a tokeniser to a text."""
    return (" " if kind == "words" else "").join(tokens)


TOKENIZERS: dict[Kind, Callable[[str], list[str]]] = {"words": words, "characters": characters}
