"""Which words a network expects in captions of a photo, and how often: from captions drawn by chance."""

import numpy as np

from captioner.decoding.arrays import arrays_on
from captioner.decoding.choose import chances
from captioner.decoding.steps import S, Stepper

LONGEST = 20  # words of a drawn caption; what people write is 11 on average


def expected_words(
    stepper: Stepper[S], *, captions: int, start: int, end: int, seed: int = 0, first: int = 0
) -> np.ndarray:
    """How often each word is expected in a caption of each photo.

    Captions are drawn by chance, and at each of their words the probabilities of all words are added up, not only the
    word that was drawn: so few captions tell much, also of words that none of them has (Rao & Blackwell).

    Args:
        stepper: looking at b photos.
        captions: drawn of each photo; more of them tell more exactly.
        start: the word before the first.
        end: the word after the last.
        seed: of the chance, with the position of a photo in the whole run.
        first: position of the first photo.

    Returns:
        (b, v), float32: the mean number of times.
    """
    arrays, photos = arrays_on(stepper.device), stepper.photos
    chance = chances(seed, range(first, first + photos))
    rows = (arrays.arange(photos)[:, None] + 0 * arrays.arange(captions)).reshape(-1)
    with arrays.quiet():
        state, words = stepper.select(stepper.begin(), rows), rows * 0 + start
        going, counts = np.ones((photos * captions, 1), np.float32), np.zeros((photos, 1), np.float32)
        for _ in range(LONGEST):
            step = stepper.step(words, state)
            p = np.exp(arrays.host(arrays.log_softmax(step.logits)))
            counts = counts + (p * going).reshape(photos, captions, -1).mean(axis=1)
            drawn = np.concatenate([each.random_sample((captions, 1)) for each in chance])
            chosen = np.minimum((p.cumsum(axis=1) < drawn).sum(axis=1), p.shape[1] - 1)
            going *= (chosen != end)[:, None]
            if not going.any():
                break
            words, state = arrays.put(chosen), step.state
    return counts
