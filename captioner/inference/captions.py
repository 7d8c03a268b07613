"""What a caption is to its reader."""

from dataclasses import dataclass
from typing import Generic, NamedTuple

import numpy as np

from captioner.decoding.steps import Hypothesis
from captioner.inference.photos import S
from captioner.text.vocabulary import Vocabulary


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
        return cls(text, words, found.log_probability, found.score, found.p.clone().numpy())


class Captioned(NamedTuple, Generic[S]):
    """A photo with its captions, best first."""

    source: S
    captions: tuple[Caption, ...]

    @property
    def text(self) -> str:
        """The best caption."""
        return self.captions[0].text
