"""Which words of English captions are nouns, learned from the captions themselves, and how many of them are right.

Nouns and adjectives stand behind articles and numbers; behind an adjective another such word follows, behind a noun
mostly none: "a brown dog runs on the wet sand". So no tagger is needed.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from captioner.scoring.captions.sentences import AUXILIARIES, DETERMINERS, FUNCTION_WORDS, QUANTITIES
from captioner.scoring.naming import singulars

BEFORE = (DETERMINERS | QUANTITIES) - {"this", "that", "very", "more"}
OFTEN, LIKE_VERBS = 0.03, 0.1
"""The least part of a noun's or adjective's places that is behind an article, and of one that ends as verbs do."""
MOST = 0.5
"""The part of an adjective's places behind an article that another noun or adjective follows, or more."""


def learn_nouns(captions: Iterable[Sequence[str]]) -> frozenset[str]:
    """The nouns of captions, in the singular or as they come.

    Args:
        captions: their words, in small letters.
    """
    places, followers = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for words in captions:
        places.update(words)
        for before, word, after in zip(words, words[1:], [*words[2:], ""], strict=False):
            if before in BEFORE and word not in FUNCTION_WORDS:
                followers[word][after] += 1
    names = {word for word, after in followers.items() if after.total() >= _often(word) * places[word]}
    return frozenset(word for word in names if _of(followers[word], names) < MOST * followers[word].total())


def _often(word: str) -> float:
    return LIKE_VERBS if word.endswith(("s", "ing")) else OFTEN


def _of(counts: Counter[str], names: Collection[str]) -> int:
    return sum(count for word, count in counts.items() if word in names)


def right_nouns(said: Sequence[str], references: Collection[Sequence[str]], nouns: frozenset[str]) -> tuple[int, int]:
    """How many of a caption's nouns one of the references has, in whichever number, and how many it has.

    Args:
        said: the words of the caption.
        references: the words of what people said of the photo.
        nouns: what `learn_nouns` gave.
    """
    known = {each for words in references for word in words for each in singulars(word)}
    named = {word for word in said if word not in AUXILIARIES and nouns & singulars(word)}
    return sum(not known.isdisjoint(singulars(word)) for word in named), len(named)
