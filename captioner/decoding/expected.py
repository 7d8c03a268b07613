"""Which words a network expects in captions of a photo, and how often: from captions drawn by chance."""

import numpy as np

from captioner.decoding.arrays import arrays_on
from captioner.decoding.choose import chances, choose, gumbel
from captioner.decoding.settings import Decoding
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
    settings, chance = Decoding("sample"), chances(seed, range(first, first + photos))
    rows = arrays.arange(photos)[:, None] + 0 * arrays.arange(captions)
    with arrays.quiet():
        state = stepper.select(stepper.begin(), rows.reshape(-1))
        words = rows.reshape(-1) * 0 + start
        counts: np.ndarray | float = 0.0
        going = np.ones((photos * captions, 1), np.float32)
        for _ in range(LONGEST):
            step = stepper.step(words, state)
            log_p = arrays.log_softmax(step.logits)
            p = np.exp(arrays.host(log_p)) * going
            counts = counts + p.reshape(photos, captions, -1).mean(axis=1)
            noise = np.concatenate([gumbel(each, (captions, p.shape[1])) for each in chance])
            words, state = choose(arrays, log_p, settings, arrays.put(noise)), step.state
            going *= (arrays.host(words) != end)[:, None]
            if not going.any():
                break
    return np.asarray(counts, np.float32)
