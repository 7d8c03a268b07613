"""The captions of one photo while they are searched for without torch: a short list, each with its own words."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from captioner.decoding.plain_choose import Array, Chance, choose, gumbel, largest
from captioner.decoding.settings import Decoding


class Hypothesis(NamedTuple):
    """One caption found; see `captioner.decoding.steps.Hypothesis`."""

    words: tuple[int, ...]
    log_probability: float
    score: float
    p: Array
    ended: bool


class Partial(NamedTuple):
    """A caption so far: its words, the attention and log-probability (nats) of each, and whence it came."""

    words: tuple[int, ...] = ()
    p: tuple[Array, ...] = ()
    log_probability: np.float32 = np.float32(0)
    parent: int = 0
    """Its place among the captions that were followed one step before."""
    ended: bool = False

    def continued(self, word: int | None, p: Array, log_probability: np.float32, parent: int) -> "Partial":
        """With one more word; None ends it."""
        if word is None:
            return Partial(self.words, self.p, log_probability, parent, ended=True)
        return Partial((*self.words, word), (*self.p, p), log_probability, parent)

    def score(self, settings: Decoding) -> float:
        """log p / length ** exponent."""
        return float(self.log_probability) / max(1, len(self.words) + self.ended) ** settings.length_exponent


class Beam:
    """The beam of one photo; see `captioner.decoding.beam`."""

    def __init__(self, settings: Decoding, end: int) -> None:
        self.settings, self.end = settings, end
        self.room = settings.beam
        self.followed = self.cut = [Partial()]
        self.kept: list[Partial] = []

    def advance(self, choices: Array, p: Array) -> None:
        """Continues each followed caption by its best words: log-probabilities (k, v), attention (k, n)."""
        total = choices + np.array([each.log_probability for each in self.followed])[:, None]
        new = []
        for place in largest(total.ravel(), self.room):
            parent, word = divmod(int(place), choices.shape[1])
            if total[parent, word] > -inf:
                said = None if word == self.end else word
                new.append(self.followed[parent].continued(said, p[parent], total[parent, word], parent))
        ended = [each for each in new if each.ended]
        self.room -= len(ended)
        self.kept = sorted(self.kept + ended, key=self._score, reverse=True)[: self.settings.n_best]
        self.followed = [each for each in new if not each.ended]
        if self.followed and len(self.kept) == self.settings.n_best:
            # log p can only fall, and no caption grows longer than max_words: beyond this no score can rise
            bound = float(self.followed[0].log_probability) / self.settings.max_words**self.settings.length_exponent
            if bound <= self._score(self.kept[-1]):
                self.followed = []
        self.cut = self.followed or self.cut

    def found(self) -> list[Partial]:
        """Those that ended and those still followed; where all were lost before any ended, the last ones."""
        return self.kept + (self.followed or ([] if self.kept else self.cut))

    def _score(self, caption: Partial) -> float:
        return caption.score(self.settings)


class Singles:
    """Greedy captions or samples of one photo; see `captioner.decoding.single`."""

    def __init__(self, settings: Decoding, end: int, chance: Chance | None) -> None:
        self.settings, self.end, self.chance = settings, end, chance
        self.captions = self.followed = [Partial()] * settings.n_best
        self.going = [True] * settings.n_best

    def advance(self, choices: Array, p: Array) -> None:
        """Adds a word to each caption; where nothing may be said, the caption is cut."""
        rows = np.arange(len(self.captions)) % len(choices)  # before the first word all share one
        choices = choices[rows]
        words = choose(choices, self.settings, None if self.chance is None else gumbel(self.chance, choices.shape))
        for place, (row, word) in enumerate(zip(rows.tolist(), words.tolist(), strict=True)):
            value, old = choices[place, word], self.captions[place]
            if self.going[place] and value > -inf:
                said = None if word == self.end else word
                new = old.continued(said, p[row], old.log_probability + value, row)
            else:
                new = old._replace(parent=row)
            self.going[place] = len(new.words) > len(old.words)
            self.captions = [*self.captions[:place], new, *self.captions[place + 1 :]]
        self.followed = self.captions if any(self.going) else []

    def found(self) -> list[Partial]:
        """All captions."""
        return self.captions


def best(found: list[Partial], settings: Decoding, *, places: int) -> list[Hypothesis]:
    """The n best: those that ended come first, then the score counts."""
    ranked = sorted(found, key=lambda each: (each.ended, each.score(settings)), reverse=True)[: settings.n_best]
    return [
        Hypothesis(
            each.words,
            float(each.log_probability),
            each.score(settings),
            np.array(each.p, np.float32).reshape(len(each.words), places),
            each.ended,
        )
        for each in ranked
    ]


def forbid_repetition(choices: Array, captions: Sequence[Partial], n: int) -> None:
    """Takes from each caption the words that would say n words in a row a second time."""
    for row, (words, *_) in zip(choices, captions, strict=False):
        for place in range(len(words) - n + 1 if n else 0):
            if words[place : place + n - 1] == words[len(words) - n + 1 :]:
                row[words[place + n - 1]] = -inf
