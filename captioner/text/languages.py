"""Languages of captions: their codes, and the words that scores count."""

import re
from collections.abc import Callable

from captioner.text.ptb import ptb
from captioner.text.tokenize import mixed

ENGLISH = "en"
_CODE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # of BCP 47: `de`, `zh`, `zh-Hant`


def check_language(code: object) -> str:
    """The same code.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError(f"the language {code!r:.80} is no code; give one such as en, de, zh or zh-Hant")
    return code


def scored_words(language: str | None) -> Callable[[str], list[str]]:
    """How captions are cut to be scored: English as COCO does, every other language as `mixed` cuts it.

    Args:
        language: None is English.
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
