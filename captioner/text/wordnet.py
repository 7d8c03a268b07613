"""WordNet (Fellbaum 1998) as nltk reads it: the one door to its nouns and verbs."""

from functools import lru_cache
from typing import Any


def noun_synsets(noun: str) -> tuple[Any, ...]:
    """A noun's meanings, the most frequent first; nouns of several words are found with spaces as with underscores.

    Raises:
        FileNotFoundError: nltk does not find WordNet's files.
    """
    return _synsets(noun, "n")


def is_verb(lemma: str) -> bool:
    """Whether WordNet has this verb.

    Raises:
        FileNotFoundError: nltk does not find WordNet's files.
    """
    return any(lemma in synset.lemma_names() for synset in _synsets(lemma, "v"))


@lru_cache(maxsize=1 << 16)
def above(noun: str, senses: int) -> frozenset[str]:
    """The names of a noun's first meanings ("dog.n.01"), and of all that is above them ("animal.n.01").

    Args:
        noun: the noun.
        senses: how many of its meanings count.
    """
    first = noun_synsets(noun)[:senses]
    return frozenset(each.name() for synset in first for path in synset.hypernym_paths() for each in path)


@lru_cache(maxsize=1 << 16)
def _synsets(lemma: str, part: str) -> tuple[Any, ...]:
    from nltk.corpus import wordnet

    try:
        return tuple(wordnet.synsets(lemma.replace(" ", "_"), pos=part))
    except LookupError:  # what nltk raises where a corpus is absent
        raise FileNotFoundError(
            "this needs WordNet's files, which nltk does not find; run `python -m nltk.downloader wordnet`, "
            "or set NLTK_DATA to the folder that holds corpora/wordnet"
        ) from None
