"""Greedy search and sampling: captions that grow word by word without looking at each other."""

from math import inf

import numpy as np

from captioner.decoding.arrays import Array
from captioner.decoding.batch import Batch
from captioner.decoding.captions import Captions
from captioner.decoding.choose import choose, gumbel
from captioner.decoding.steps import S


def advance_singles(before: Captions, choices: Array, batch: Batch[S]) -> Captions:
    """Adds a word to each caption, or cuts it where nothing may be said; see `captioner.decoding.search.Advance`."""
    arrays, places, (_, width, vocabulary) = before.rules.arrays, before.places, choices.shape
    if width < len(places):  # before the first word all share a row; later, those beyond have ended
        choices = choices[:, places % width]
    choices, noise = choices.reshape(-1, vocabulary), None
    if before.chance:  # a photo draws from its own source, for all its captions at once
        shape = len(places), vocabulary
        noise = arrays.put(np.concatenate([gumbel(before.chance[number], shape) for number in batch.numbers]))
    chosen = choose(arrays, choices, before.rules.settings, noise)
    word = chosen.reshape(-1, len(places))[batch.place]
    value = arrays.gather(choices, chosen[:, None]).reshape(-1, len(places))[batch.place] + before.log_probability
    going = value != -inf
    ended = going & (word == before.rules.end)
    cut = arrays.where(going, -inf, before.log_probability)
    return before._replace(
        words=before.words + 1,
        log_probability=arrays.where(ended, -inf, value),
        word=word,
        parent=(places + before.parent * 0) % width,
        done=arrays.where(ended, value, cut),
        ended=ended,
    )
