"""How probable given sentences are: teacher forcing over a stepper, of all sentences about each of its photos."""

from collections.abc import Sequence

import numpy as np

from captioner.decoding.arrays import arrays_on
from captioner.decoding.steps import S, Stepper


def word_log_probabilities(
    stepper: Stepper[S], sentences: Sequence[Sequence[int]], *, start: int, end: int
) -> np.ndarray:
    """ln p of each word after those before it, of k sentences about each of b photos, and of the end behind them.

    Sentences that begin alike are followed as one until they differ: the words of 5,000 captions of Flickr8k are a
    third fewer that way. Nothing is computed for words that do not exist.

    Args:
        stepper: looking at b photos.
        sentences: ids, without start and end.
        start: the word before the first.
        end: the word after the last.

    Returns:
        (b, k, t), float32, in nats, as the network gives them; 0 behind the end of a sentence. Their sum over t is the
        sentence's log-probability.
    """
    arrays, photos = arrays_on(stepper.device), stepper.photos
    texts = [[*words, end] for words in sentences]
    said = np.zeros((photos, len(texts), max(map(len, texts), default=0)), np.float32)
    if not said.size:
        return said
    first_row = arrays.arange(photos)[:, None]
    with arrays.quiet():
        state, beginnings, place = stepper.begin(), [start], [0] * len(texts)
        for time in range(said.shape[2]):
            step = stepper.step(arrays.put(np.tile(np.array(beginnings, np.int64), photos)), state)
            log_p = arrays.log_softmax(step.logits).reshape(photos, len(beginnings), -1)
            going = [slot for slot, text in enumerate(texts) if len(text) > time]
            words = [texts[slot][time] for slot in going]
            said[:, going, time] = arrays.host(log_p[:, arrays.put([place[slot] for slot in going]), arrays.put(words)])
            branches: dict[tuple[int, int], int] = {}
            for slot, word in zip(going, words, strict=True):
                if len(texts[slot]) > time + 1:
                    place[slot] = branches.setdefault((place[slot], word), len(branches))
            if branches:
                rows = first_row * len(beginnings) + arrays.put([parent for parent, _ in branches])
                state, beginnings = stepper.select(step.state, rows.reshape(-1)), [word for _, word in branches]
    return said
