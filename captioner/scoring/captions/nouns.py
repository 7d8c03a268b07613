"""Which words of English captions are nouns, learned from the captions themselves, and how many of them are right.

Nouns and adjectives stand behind articles and numbers; behind an adjective another such word follows, behind a noun
mostly none: "a brown dog runs on the wet sand". So no tagger is needed.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from captioner.scoring.captions.sentences import AUXILIARIES, DETERMINERS, FUNCTION_WORDS, QUANTITIES
from captioner.scoring.naming import singulars

BEFORE = (DETERMINERS | QUANTITIES) - {"this", "that", "very", "more"}
OFTEN, LIKE_VERBS = 0.03, 0.1
"""The least part of a noun's or adjective's places that is behind an article, and of one that may be a verb."""
MOST = 0.5
"""The part of an adjective's places behind an article that another noun or adjective follows, or more."""
DEEP = 3
"""Adjectives that may stand before a noun."""


def learn_nouns(captions: Sequence[Sequence[str]]) -> frozenset[str]:
    """The nouns of captions, in the singular or as they come.

    Args:
        captions: their words, in small letters.
    """
    places = Counter(word for words in captions for word in words)
    followers = _followers(captions, frozenset())
    near = {word for word, after in followers.items() if after.total() >= _often(word, places) * places[word]}
    nouns, adjectives = frozenset[str](), near
    for turn in range(DEEP + 1):  # first, any of them may be an adjective; at last, those that were found to be
        further = _followers(captions, adjectives)  # of "circle" in "a small red circle"
        far = {word for word, after in further.items() if after.total() >= OFTEN * places[word]}
        names = near | {word for word in far if not _is_verb(word, places)}
        counts = {word: further[word] if word in far else followers[word] for word in names}
        nouns = frozenset(word for word, after in counts.items() if _of(after, names) < MOST * after.total())
        adjectives = names if turn < DEEP - 1 else names - nouns
    return nouns


def _followers(captions: Sequence[Sequence[str]], adjectives: Collection[str]) -> dict[str, Counter[str]]:
    """For each word of content behind an article and any adjectives, what follows it; an empty text is the end."""
    found = defaultdict[str, Counter[str]](Counter)
    for words in captions:
        behind = False
        for word, after in zip(words, [*words[1:], ""], strict=True):
            if behind and word not in FUNCTION_WORDS:
                found[word][after] += 1
            behind = word in BEFORE or (behind and word in adjectives)
    return found


def _often(word: str, places: Mapping[str, int]) -> float:
    return LIKE_VERBS if _is_verb(word, places) else OFTEN


def _is_verb(word: str, places: Mapping[str, int]) -> bool:
    """Whether it may be a verb: it ends so, or the captions have its form in -ing."""
    stems = {word, word.removesuffix("s"), word.removesuffix("es")}
    forms = {form for stem in stems for form in (stem, stem + stem[-1:], stem.removesuffix("e"))}
    return word.endswith("ing") or any(f"{form}ing" in places for form in forms)


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
