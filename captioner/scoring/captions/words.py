"""The words that scores of captions count, which depend on the language."""

from collections.abc import Callable

from captioner.text.penn.ptb import ptb
from captioner.text.tokenize import mixed

ENGLISH = "en"


def scored_words(language: str | None) -> Callable[[str], list[str]]:
    """How captions are cut to be scored: English as COCO does, every other language as `mixed` cuts it.

    Args:
        language: its code; None is English.
    """
    return ptb if is_english(language) else mixed


def about_scored_words(language: str | None) -> str:
    """The same for people: what was counted."""
    if is_english(language):
        return "COCO evaluation (PTB, lower case, punctuation removed)"
    return "Unicode words, lower case, punctuation removed; scripts without spaces by characters"


def is_english(language: str | None) -> bool:
    """Whether it is, of whichever country, or is not told."""
    return language is None or language.partition("-")[0] == ENGLISH
