"""The searches of `captioner.decoding.search` without torch: numpy, photo by photo, for models that run without it.

They find the same captions. A photo's captions are a short list here, and each carries its own words and attention.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from math import inf
from typing import Any, NamedTuple, Protocol

import numpy as np

from captioner.decoding.settings import Decoding

Array = np.ndarray[Any, Any]


class PlainStepper(Protocol):
    """A network looking at b photos; it keeps its state itself."""

    def step(self, words: Array, parents: Array) -> tuple[Array, Array]:
        """Says the words (b, k), each after the caption of the step before that `parents` (b, k) names.

        Returns:
            logits (b, k, v) of the next word, and the attention (b, k, n) with which it is chosen.
        """

    def keep(self, photos: Array) -> None:
        """Forgets all photos but these, (b)."""


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

    def __init__(self, settings: Decoding, end: int, chance: np.random.RandomState | None) -> None:
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


def plain_search(
    stepper: PlainStepper,
    settings: Decoding,
    *,
    photos: int,
    start: int,
    end: int,
    never: Sequence[int],
    first: int = 0,
) -> list[list[Hypothesis]]:
    """Finds the captions that `captioner.decoding.search.search` finds, samples with a seed among them.

    Raises:
        ValueError: the network gives something that is not a number.
    """
    everyone = _begin(settings, photos, end=end, first=first)
    alive = everyone
    words, parents = np.full((photos, 1), start), np.zeros((photos, 1), np.int64)
    for said in range(settings.max_words):
        logits, p = stepper.step(words, parents)
        for captions, row, weights in zip(alive, logits, p, strict=True):
            choices = log_probabilities(row[: len(captions.followed)])
            choices[:, list(never)] = -inf
            if said < settings.min_words:
                choices[:, end] = -inf
            forbid_repetition(choices, captions.followed, settings.no_repeat_ngram)
            captions.advance(choices, weights)
        going = [place for place, captions in enumerate(alive) if captions.followed]
        if not going:
            break
        if len(going) < len(alive):
            stepper.keep(np.array(going))
            alive = [alive[place] for place in going]
        width = max(len(captions.followed) for captions in alive)
        rows = [(captions.followed * width)[:width] for captions in alive]  # a narrower beam fills its rows with itself
        words = np.array([[caption.words[-1] if caption.words else start for caption in row] for row in rows])
        parents = np.array([[caption.parent for caption in row] for row in rows])
    return [_best(captions.found(), settings, places=p.shape[2]) for captions in everyone]


def plain_stream(
    stepper: PlainStepper, settings: Decoding, *, start: int, end: int, never: Sequence[int]
) -> Iterator[int]:
    """Says the words of one sample as they are chosen: those that `captioner.decoding.search.stream` says.

    Nothing of the text is kept, however long it grows; so words in a row may repeat.
    """
    assert settings.method == "sample"
    assert not settings.no_repeat_ngram
    chance, word, alone = _chance(settings, [0])[0], start, np.zeros((1, 1), np.int64)
    for said in range(settings.max_words):
        logits, _ = stepper.step(alone + word, alone)
        choices = log_probabilities(logits[0])
        choices[:, [*never, *([end] if said < settings.min_words else [])]] = -inf
        word = int(choose(choices, settings, gumbel(chance, choices.shape))[0])
        if word == end or choices[0, word] == -inf:
            return
        yield word


def _begin(settings: Decoding, photos: int, *, end: int, first: int) -> Sequence[Beam | Singles]:
    if settings.method == "beam":
        return [Beam(settings, end) for _ in range(photos)]
    if settings.method == "greedy":
        return [Singles(settings, end, None) for _ in range(photos)]
    return [Singles(settings, end, chance) for chance in _chance(settings, range(first, first + photos))]


def _chance(settings: Decoding, positions: Iterable[int]) -> list[np.random.RandomState]:
    """One source of chance for each position; see `captioner.decoding.single.generators`."""
    seed = int(np.random.default_rng().integers(2**62)) if settings.seed is None else settings.seed
    digests = [blake2b(f"{seed} {position}".encode(), digest_size=8).digest() for position in positions]
    return [np.random.RandomState((int.from_bytes(digest, "big") >> 1) & 0xFFFFFFFF) for digest in digests]


def _best(found: list[Partial], settings: Decoding, *, places: int) -> list[Hypothesis]:
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


def log_probabilities(logits: Array) -> Array:
    """The log-softmax of each row in float32; a copy.

    Raises:
        ValueError: there is none.
    """
    shifted = logits.astype(np.float32) - logits.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    if np.isnan(total).any():
        raise ValueError("the logits of the batch are not numbers (NaN); did the training diverge?")
    return shifted - np.log(total)


def forbid_repetition(choices: Array, captions: Sequence[Partial], n: int) -> None:
    """Takes from each caption the words that would say n words in a row a second time."""
    for row, (words, *_) in zip(choices, captions, strict=False):
        for place in range(len(words) - n + 1 if n else 0):
            if words[place : place + n - 1] == words[len(words) - n + 1 :]:
                row[words[place + n - 1]] = -inf


def largest(values: Array, count: int) -> Array:
    """Where the largest values lie, largest first."""
    places = np.argpartition(values, -count)[-count:] if count < len(values) else np.arange(len(values))
    return places[np.argsort(-values[places], kind="stable")]


def gumbel(chance: np.random.RandomState, shape: tuple[int, ...]) -> Array:
    """Standard Gumbel noise, from the numbers that torch's generator draws on a CPU: 24 bits of the same twister."""
    bits = chance.randint(0, 2**32, shape, dtype=np.uint32) & 0xFFFFFF
    uniform = np.maximum(bits.astype(np.float32) * np.float32(2**-24), np.finfo(np.float32).tiny)
    return -np.log(-np.log(uniform))


def choose(choices: Array, settings: Decoding, noise: Array | None) -> Array:
    """One word for each row; see `captioner.decoding.choose.choose`."""
    if noise is None or settings.temperature == 0:
        return choices.argmax(axis=1)
    with np.errstate(invalid="ignore"):
        scaled = (choices - choices.max(axis=1, keepdims=True)) / np.float32(settings.temperature)
    scaled[choices == -inf] = -inf
    if not settings.top_k and settings.top_p == 1:
        return (scaled + noise).argmax(axis=1)
    count = min(settings.top_k or scaled.shape[1], scaled.shape[1])
    words = np.stack([largest(row, count) for row in scaled])
    scaled = np.take_along_axis(scaled, words, axis=1)
    p = np.exp(scaled - scaled[:, :1])
    p /= p.sum(axis=1, keepdims=True)
    scaled[p.cumsum(axis=1) - p >= settings.top_p] = -inf  # those before it are enough
    drawn = (scaled + noise[:, :count]).argmax(axis=1)
    return words[np.arange(len(words)), drawn]
