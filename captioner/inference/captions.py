"""What a caption is to its reader."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.inference.engine import Hypothesis, Reading
from captioner.inference.photos import S, source_photo
from captioner.models.doubt import Doubt, Said, in_words
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
        right: what part of the nouns of such captions was right where it was measured, 0..1; None where it was not.
    """

    text: str
    words: tuple[str, ...]
    log_probability: float
    score: float
    attention: np.ndarray
    right: float | None = None

    @property
    def log_probability_per_word(self) -> float:
        """The mean of the words and the end, in nats."""
        return self.log_probability / (len(self.words) + 1)

    @property
    def doubt(self) -> Said | None:
        """The same as `right`, in words."""
        return None if self.right is None else in_words(self.right)

    @classmethod
    def of_hypothesis(cls, found: Hypothesis, vocabulary: Vocabulary, doubt: Doubt | None = None) -> "Caption":
        """What a search found, in words, and how often such captions are right."""
        words = tuple(vocabulary.tokens[number] for number in found.words)
        text = vocabulary.decode(found.words)
        caption = cls(text, words, found.log_probability, found.score, np.asarray(found.p).copy())
        return caption if doubt is None else replace(caption, right=doubt.share(caption.log_probability_per_word))

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
