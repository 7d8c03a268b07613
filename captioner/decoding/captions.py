"""The captions that are followed, step by step with backpointers, and what is read from them at the end."""

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

import numpy as np

from captioner.decoding.arrays import Array
from captioner.decoding.choose import Chance, Rules, chances
from captioner.decoding.steps import Hypothesis


class Captions(NamedTuple):
    """The captions of all photos after a step, k of each; photos that are done are included.

    Attributes:
        rules: of the search.
        words: how many those that are followed have.
        places: 0 to k - 1.
        log_probability: of those that are followed, (b, k), nats; -inf says that this one is not.
        word: the last word of each, (b, k).
        parent: which caption of the step before it continues, (b, k).
        done: log-probability of those that the step ended or cut, (b, k), nats, or -inf. Their words are
            their parent's.
        ended: the step ended it, (b, k).
        kept: scores of the best that have ended, best first, (b, n_best); -inf says that there is none. For beams.
        room: how many have not ended yet, (b, 1). For beams.
        chance: a source for each photo. For samples.
    """

    rules: Rules
    words: int
    places: Array
    log_probability: Array
    word: Array
    parent: Array
    done: Array
    ended: Array
    kept: Array
    room: Array
    chance: Sequence[Chance] = ()

    @classmethod
    def begin(cls, rules: Rules, photos: int, *, first: int) -> "Captions":
        """Captions without words: a beam begins with one, samples all at once."""
        arrays, settings = rules.arrays, rules.settings
        k = settings.beam if settings.method == "beam" else settings.n_best
        none = np.full((photos, k), -inf, np.float32)
        alone = np.where(np.arange(k), none, np.float32(0)) if settings.method == "beam" else np.zeros_like(none)
        zeros, nothing = arrays.put(np.zeros(none.shape, np.int64)), arrays.put(none)
        chance: list[Chance] = []
        if settings.method == "sample":
            seed = arrays.seed() if settings.seed is None else settings.seed
            chance = chances(seed, range(first, first + photos))
        kept, room = nothing[:, : settings.n_best], zeros[:, :1] + k
        places = arrays.arange(k)
        return cls(rules, 0, places, arrays.put(alone), zeros, zeros, nothing, zeros != 0, kept, room, chance)

    @property
    def followed(self) -> Array:
        """How many of a photo's captions must go on, (b); they come first."""
        return self.rules.arrays.amax((self.log_probability != -inf) * (self.places + 1), 1)


class Said(NamedTuple):
    """A step of the search.

    Attributes:
        captions: after it.
        p: attention of its rows, (r, n), each of a caption of the step before.
        gates: how far they are open to evidence, (r, x).
        row: where each photo's rows begin, (b).
    """

    captions: Captions
    p: Array
    gates: Array
    row: Array


def read(trace: Sequence[Said]) -> list[list[Hypothesis]]:
    """The n best captions of each photo: those that ended come first, then the score counts.

    Raises:
        ValueError: the network gave something that is not a number.
    """
    last = trace[-1].captions
    arrays, settings, k = last.rules.arrays, last.rules.settings, len(last.places)
    # A table with a column for each caption that a step ended or cut, and those still followed after the last.
    done = arrays.concat([*(said.captions.done for said in trace), last.log_probability], 1)
    ended = arrays.concat([*(said.captions.ended for said in trace), last.ended & False], 1)
    parents = arrays.concat([*(said.captions.parent for said in trace), last.parent * 0 + last.places], 1)
    log_p, complete = arrays.host(done).astype(np.float64), arrays.host(ended) > 0
    for photo in np.isnan(log_p).any(axis=1).nonzero()[0]:
        raise ValueError(f"the logits for photo {photo} of the batch are not numbers (NaN); did the training diverge?")
    words = np.arange(log_p.shape[1]) // k
    lengths = np.array([max(1, length) ** settings.length_exponent for length in range(len(trace) + 2)])
    score = log_p / lengths[words + complete]
    best = np.lexsort((-score, ~complete | (log_p == -inf)))[:, : settings.n_best]
    ids, p, gates = _followed_back(trace, arrays.put(words[best]), arrays.gather(parents, arrays.put(best)))
    return [
        [
            Hypothesis(
                tuple(ids[photo][rank][: words[column]]),
                float(log_p[photo, column]),
                float(score[photo, column]),
                p[photo, rank, : words[column]],
                bool(complete[photo, column]),
                gates[photo, rank, : words[column]],
            )
            for rank, column in enumerate(columns)
            if log_p[photo, column] > -inf
        ]
        for photo, columns in enumerate(best)
    ]


def _followed_back(
    trace: Sequence[Said], words: Array, last: Array
) -> tuple[list[list[list[int]]], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Ids, attention and gates of captions with so many words, (b, c, t), (b, c, t, n) and (b, c, t, x).

    They are meaningless after the last word.

    Args:
        trace: of the search.
        words: how many each has, (b, c).
        last: which one it is of the captions followed after so many words, (b, c).
    """
    arrays, ids, p, gates = trace[0].captions.rules.arrays, [], [], []
    for step in range(len(trace) - 1, -1, -1):
        (captions, weights, opened, row), here = trace[step], step < words
        parent = arrays.gather(captions.parent, last)
        ids.append(arrays.gather(captions.word, last)[:, :, None])
        rows = arrays.where(here, row[:, None] + parent, 0)
        p.append(weights[rows][:, :, None])
        gates.append(opened[rows][:, :, None])
        last = arrays.where(here, parent, last)
    looked, opened = (arrays.host(arrays.concat(each[::-1], 2)) for each in (p, gates))
    return arrays.concat(ids[::-1], 2).tolist(), looked, opened
