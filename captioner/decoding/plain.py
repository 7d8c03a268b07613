"""The searches of `captioner.decoding.search` without torch: numpy, photo by photo, for models that run without it.

They find the same captions, samples with a seed among them.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Protocol

import numpy as np

from captioner.decoding.plain_captions import Beam, Hypothesis, Singles, best, forbid_repetition
from captioner.decoding.plain_choose import Array, chances, choose, gumbel, log_probabilities
from captioner.decoding.settings import Decoding


class PlainStepper(Protocol):
    """A network looking at b photos; it keeps its state itself."""

    def step(self, words: Array, parents: Array) -> tuple[Array, Array]:
        """Says the words (b, k), each after the caption of the step before that `parents` (b, k) names.

        Returns:
            logits (b, k, v) of the next word, and the attention (b, k, n) with which it is chosen.
        """

    def keep(self, photos: Array) -> None:
        """Forgets all photos but these, (b)."""


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
    """Finds the captions that `captioner.decoding.search.search` finds; arguments are its own.

    Raises:
        ValueError: the network gives something that is not a number.
    """
    everyone = _begin(settings, photos, end=end, first=first)
    alive = everyone
    words, parents = np.full((photos, 1), start), np.zeros((photos, 1), np.int64)
    for said in range(settings.max_words):
        logits, p = stepper.step(words, parents)
        every = log_probabilities(logits)
        every[:, :, _forbidden(settings, said, end, never)] = -inf
        for captions, row, weights in zip(alive, every, p, strict=True):
            choices = row[: len(captions.followed)]
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
    return [best(captions.found(), settings, places=p.shape[2]) for captions in everyone]


def plain_stream(
    stepper: PlainStepper, settings: Decoding, *, start: int, end: int, never: Sequence[int]
) -> Iterator[int]:
    """Says the words of one sample as they are chosen: those that `captioner.decoding.search.stream` says.

    Nothing of the text is kept, however long it grows; so words in a row may repeat.
    """
    assert settings.method == "sample"
    assert not settings.no_repeat_ngram
    (chance,), word, alone = chances(settings, [0]), start, np.zeros((1, 1), np.int64)
    for said in range(settings.max_words):
        logits, _ = stepper.step(alone + word, alone)
        choices = log_probabilities(logits[0])
        choices[:, _forbidden(settings, said, end, never)] = -inf
        word = int(choose(choices, settings, gumbel(chance, choices.shape))[0])
        if word == end or choices[0, word] == -inf:
            return
        yield word


def _forbidden(settings: Decoding, said: int, end: int, never: Sequence[int]) -> list[int]:
    """What no caption may say after so many words."""
    return [*never, end] if said < settings.min_words else list(never)


def _begin(settings: Decoding, photos: int, *, end: int, first: int) -> Sequence[Beam | Singles]:
    if settings.method == "beam":
        return [Beam(settings, end) for _ in range(photos)]
    if settings.method == "greedy":
        return [Singles(settings, end, None) for _ in range(photos)]
    return [Singles(settings, end, chance) for chance in chances(settings, range(first, first + photos))]
