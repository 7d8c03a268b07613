"""What a caption is to its reader."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.inference.engines.engine import Engine, Hypothesis, Model, Reading
from captioner.inference.photos import S, source_picture
from captioner.models.doubt import Doubt, Said, in_words
from captioner.text.nouns import class_names, classes_of
from captioner.text.vocabulary import Vocabulary

DEFAULT = Decoding(method="beam", beam=3)
PLAIN = 0.1
"""Probability from which on a class is plainly seen: a page then says so."""
SHOWN = 3
"""Classes that are told of a word, the likeliest first."""


class Evidence(NamedTuple):
    """What made a word."""

    share: float
    """The part of the word's odds that evidence brought, from 0 to 1: 1 - exp(-g e)."""
    classes: tuple[tuple[str, float], ...]
    """What the classifier saw of the kind that the word names, with its probability; empty for all other words."""

    @property
    def likeliest(self) -> float:
        """The probability of the likeliest class; 0 where none is told."""
        return self.classes[0][1] if self.classes else 0.0

    @property
    def text(self) -> str:
        """The likeliest class, for a reader."""
        return f"seen: {self.classes[0][0]} {self.classes[0][1]:.0%}" if self.classes else ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"share": round(self.share, 4), "classes": {name: round(value, 4) for name, value in self.classes}}


@dataclass(frozen=True, eq=False)
class Caption:
    """One caption of a photo.

    Attributes:
        text: the caption.
        words: its t words, as the network numbered them.
        log_probability: of the words and the end, in nats.
        score: what the search ranks by; see `Decoding`.
        attention: weights p over the n places for each word, (t, n); n is 0 for a network without attention.
        evidence: what the encoder's classifier brought to each word; empty for a network without evidence.
        right: what part of the nouns of such captions was right where it was measured, 0..1; None where it was not.
    """

    text: str
    words: tuple[str, ...]
    log_probability: float
    score: float
    attention: np.ndarray
    evidence: tuple[Evidence, ...] = ()
    right: float | None = None

    @property
    def log_probability_per_word(self) -> float:
        """The mean of the words and the end, in nats."""
        return self.log_probability / (len(self.words) + 1)

    @property
    def doubt(self) -> Said | None:
        """The same as `right`, in words."""
        return None if self.right is None else in_words(self.right)

    @property
    def seen(self) -> tuple[str, ...]:
        """For each word that owes most of its odds to something plainly seen, what that was; nothing for the others."""
        return tuple(each.text if each.share > 1 / 2 and each.likeliest > PLAIN else "" for each in self.evidence)

    @classmethod
    def of_hypothesis(cls, found: Hypothesis, vocabulary: Vocabulary, doubt: Doubt | None = None) -> "Caption":
        """What a search found, in words, and how often such captions are right."""
        words = tuple(vocabulary.tokens[number] for number in found.words)
        text = vocabulary.decode(found.words)
        made = evidence(words, found.shares, found.classes)
        caption = cls(text, words, found.log_probability, found.score, np.asarray(found.p).copy(), made)
        return caption if doubt is None else replace(caption, right=doubt.share(caption.log_probability_per_word))

    @classmethod
    def of_reading(cls, read: Reading, vocabulary: Vocabulary, text: str, ids: Sequence[int]) -> "Caption":
        """What a network made of a given caption with these ids; ranked as a search without settings ranks it."""
        words = tuple(vocabulary.tokens[number] for number in ids)
        score = read.log_probability / (len(ids) + 1) ** DEFAULT.length_exponent
        return cls(text, words, read.log_probability, score, read.p, evidence(words, read.shares, read.classes))


class Captioned(NamedTuple, Generic[S]):
    """A photo with its captions, best first; a notebook shows it with the attention of the best."""

    source: S
    captions: tuple[Caption, ...]
    image: ImageSpec
    """What part of the photo the network saw."""

    @property
    def text(self) -> str:
        """The best caption."""
        return self.captions[0].text

    def _repr_html_(self) -> str:
        """The photo and the best caption, whose words show their attention; needs no other file.

        Raises:
            ValueError: the photo cannot be read any more.
            FileNotFoundError: it is gone.
        """
        from captioner.figures.pages import attention_html

        best = self.captions[0]
        photo = source_picture(self.source, self.image)
        return attention_html(photo, best.words, best.attention, self.image, seen=best.seen)


def explained(
    engine: Engine, model: Model, given: Sequence[tuple[np.ndarray, Sequence[str]]], language: str | None = None
) -> Iterator[tuple[Caption, ...]]:
    """The captions that were given with each photo's pixels (3,y,x), as the network reads them.

    Raises:
        ValueError: a caption has no word, or the model does not know the language.
    """
    vocabulary = model.vocabulary
    start = vocabulary.begin(language)
    numbered = [[vocabulary.encode(text) for text in texts] for _, texts in given]
    for (_, texts), row in zip(given, numbered, strict=True):
        if [] in row:
            raise ValueError(f"the caption {texts[row.index([])]!r} has no word; type one, for example: a dog runs")
    readings = engine.read(np.stack([array for array, _ in given]), numbered, start=start)
    for (_, texts), row, read in zip(given, numbered, readings, strict=True):
        each = zip(read, texts, row, strict=True)
        yield tuple(Caption.of_reading(reading, vocabulary, text, ids) for reading, text, ids in each)


def evidence(words: Sequence[str], shares: np.ndarray, classes: np.ndarray) -> tuple[Evidence, ...]:
    """What made each of these words; empty without evidence."""
    return tuple(
        Evidence(float(share), _seen(word, classes) if share > 0 else ())
        for word, share in zip(words, shares.tolist(), strict=False)
    )


def _seen(word: str, classes: np.ndarray) -> tuple[tuple[str, float], ...]:
    below = sorted(classes_of(word), key=lambda each: -classes[each])
    return tuple((class_names()[each], float(classes[each])) for each in below[:SHOWN])
