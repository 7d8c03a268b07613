"""Text to tokens and back: words of any script, single characters, or each as its script is written."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

Kind = Literal["words", "characters", "mixed"]
TextKind = Literal["words", "characters"]
"""Of running texts, which are written piece by piece."""

# Marks that nobody sees and no letter needs: they say where a line may break, or in which direction letters run.
# The joiners U+200C and U+200D are none of them: they choose the shapes of letters in many scripts, and of emoji.
BREAK = "\u200b"  # the space of no width, which parts words that are written without a gap
DIRECTIONS = frozenset("\u061c\u200e\u200f\u2060\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\ufeff")
UNSEEN = DIRECTIONS | {BREAK}
# These stand inside words and are taken out without a gap: "t-shirt" is "tshirt", "man's" is "mans".
INSIDE_WORDS = frozenset("'’ʼ-\u2010\u2011\u00ad") | DIRECTIONS
# The first letters of Unicode's categories: punctuation, symbols, separators, control codes. Marks (M) are parts of
# words in many scripts, and other format codes (Cf) join the letters of some.
BETWEEN_WORDS = ("P", "S", "Z", "Cc")
# Scripts that are written without spaces: Han and kana, Thai and Lao, Burmese and Khmer.
_CONTINUOUS = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CONTINUOUS += "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_ALONE = re.compile(f"[{_CONTINUOUS}]")
_NEEDLESS = re.compile(f"(?<=[{_CONTINUOUS}]) | (?=[{_CONTINUOUS}])")


def trimmed(text: str) -> str:
    """The text without what nobody sees around it: spaces, and marks of direction and line breaks."""
    first = next((place for place, letter in enumerate(text) if _seen(letter)), len(text))
    last = next((place for place in range(len(text) - 1, first - 1, -1) if _seen(text[place])), first - 1)
    return text[first : last + 1]


def words(text: str) -> list[str]:
    """Cuts a text into lower-case words without punctuation, composed to NFC.

    Words are what stands between spaces, so languages that are written without spaces need `characters` or `mixed`.
    """
    text = unicodedata.normalize("NFC", text.lower())
    letters = [
        " " if letter == BREAK or unicodedata.category(letter).startswith(BETWEEN_WORDS) else letter
        for letter in text
        if letter not in INSIDE_WORDS
    ]
    found = unicodedata.normalize("NFC", "".join(letters)).split()
    return [word for word in found if word.isascii() or not all(map(_leans, word))]


def _seen(letter: str) -> bool:
    return not letter.isspace() and letter not in UNSEEN


def _leans(letter: str) -> bool:
    """Whether it is only a mark on other letters, or joins them: what is left where an emoji was, and no word."""
    return unicodedata.category(letter) in ("Mn", "Me", "Cf")


def characters(text: str) -> list[str]:
    """Cuts a text into its characters (code points of NFC); case, punctuation and spaces stay."""
    return list(unicodedata.normalize("NFC", text))


def mixed(text: str) -> list[str]:
    """Cuts a text into words, and what scripts without spaces write into single characters with their marks.

    It is what suits texts of several languages: "两只 dogs" is 两, 只, dogs.
    """
    pieces = list[str]()
    for word in words(text):
        grows = False
        for place, letter in enumerate(word):
            alone, mark = _ALONE.match(letter) is not None, unicodedata.category(letter)[0] == "M"
            if place and (mark or (grows and not alone)):
                pieces[-1] += letter
            else:
                pieces.append(letter)
            grows = grows if place and mark else not alone
    return pieces


def detokenize(tokens: Sequence[str], kind: Kind) -> str:
    """Joins tokens of a tokeniser to a text."""
    text = ("" if kind == "characters" else " ").join(tokens)
    return _NEEDLESS.sub("", text) if kind == "mixed" else text


TOKENIZERS: dict[Kind, Callable[[str], list[str]]] = {"words": words, "characters": characters, "mixed": mixed}
