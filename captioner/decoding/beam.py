"""Beam search over many photos at once.

A beam holds k captions, each followed or ended. A caption that ends keeps its place: fewer are followed from then on,
and when all k have ended there is nothing left to follow. So a beam of 1 is greedy search, and a beam as wide as there
are captions finds the best of them all.
"""

from math import inf

from captioner.decoding.arrays import Array
from captioner.decoding.batch import Batch
from captioner.decoding.captions import Captions
from captioner.decoding.choose import best
from captioner.decoding.steps import S


def advance_beams(before: Captions, choices: Array, batch: Batch[S]) -> Captions:
    """Continues each caption by its best words; see `captioner.decoding.search.Advance`.

    A photo whose captions cannot go on before any of them ended has its last ones cut.
    """
    arrays, settings, end = before.rules.arrays, before.rules.settings, before.rules.end
    words, places, (_, width, vocabulary) = before.words + 1, before.places, choices.shape
    choices += before.log_probability[batch.photos][:, :width, None]
    top, index = best(arrays, choices.reshape(len(choices), -1), min(len(places), width * vocabulary))
    here = batch.place[:, None], places % top.shape[1]  # fewer than k are found only where few can be said
    free = (places < before.room) & (places == here[1]) & (before.log_probability[:, :1] != -inf)
    value, source = arrays.where(free, top[here], -inf), index[here]

    order = arrays.order(arrays.where(source % vocabulary == end, -inf, value))  # those that go on come first
    value, source = arrays.gather(value, order), arrays.gather(source, order)
    word = source % vocabulary
    ends = (word == end) & (value != -inf)
    ended, value = arrays.where(ends, value, -inf), arrays.where(ends, -inf, value)
    scores = arrays.concat([before.kept, ended / words**settings.length_exponent], 1)
    kept = arrays.gather(scores, arrays.order(scores))[:, : settings.n_best]
    # Log p can only fall, and no caption grows longer than max_words: beyond this no score of a photo can rise.
    bound = value[:, :1] / settings.max_words**settings.length_exponent
    value = arrays.where(bound <= kept[:, -1:], -inf, value)
    lost = (value[:, :1] == -inf) & (kept[:, :1] == -inf)
    return before._replace(
        words=words,
        log_probability=value,
        word=word,
        parent=arrays.where(lost, places, source // vocabulary),
        done=arrays.where(lost, before.log_probability, ended),
        ended=ends,
        kept=kept,
        room=before.room - ends.sum(axis=1, keepdims=True),
    )
