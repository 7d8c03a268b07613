"""What a caption is to its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.inference.engine import Hypothesis, Reading
from captioner.inference.photos import S, source_photo
from captioner.text.vocabulary import Vocabulary

DEFAULT = Decoding(method="beam", beam=3)


@dataclass(frozen=True, eq=False)
class Caption:
    """One caption of a photo.

    Attributes:
        text: the caption.
        words: its t words, as the network numbered them.
        log_probability: of the words and the end, in nats.
        score: what the search ranks by; see `Decoding`.
        attention: weights p over the n places for each word, (t, n); n is 0 for a network without attention.
    """

    text: str
    words: tuple[str, ...]
    log_probability: float
    score: float
    attention: np.ndarray

    @classmethod
    def of_hypothesis(cls, found: Hypothesis, vocabulary: Vocabulary) -> "Caption":
        """What a search found, in words."""
        words = tuple(vocabulary.tokens[number] for number in found.words)
        text = vocabulary.decode(found.words)
        return cls(text, words, found.log_probability, found.score, np.asarray(found.p).copy())

    @classmethod
    def of_reading(cls, read: Reading, vocabulary: Vocabulary, text: str, ids: Sequence[int]) -> "Caption":
        """What a network made of a given caption with these ids; ranked as a search without settings ranks it."""
        words = tuple(vocabulary.tokens[number] for number in ids)
        score = read.log_probability / (len(ids) + 1) ** DEFAULT.length_exponent
        return cls(text, words, read.log_probability, score, read.p)


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
        return attention_html(source_photo(self.source), best.words, best.attention, self.image)
