"""CIDEr and CIDEr-D: likeness in rare n-grams (Vedantam et al. 2015, arXiv:1411.5726).

What the COCO evaluation prints as "CIDEr" is CIDEr-D: an n-gram said more often than in the reference counts only as
often as there, and a difference in length costs. Neither that nor its authors' own code reduces words to stems.
"""

from collections.abc import Iterable

import numpy as np

from captioner.scoring.captions.ngrams import ORDERS, Corpus, Counts
from captioner.scoring.tally import Floats, Tally, add_up, means

SIGMA = 6.0  # words of difference in length that cost a factor of exp(-1/2)
SCALE = 10.0


def photos_with(counts: Counts) -> Floats:
    """How many photos have each n-gram in their references, (kinds)."""
    last = np.append(counts.group, len(counts.place))[1:] - 1
    return add_up(counts.place[last] > 0, counts.ngram[counts.group], len(counts.example))


def rarity(seen: Floats, photos: int) -> Floats:
    """The inverse document frequency: minus the logarithm of the share of photos that have an n-gram, (kinds)."""
    return np.asarray(np.log(photos) - np.log(np.maximum(seen, 1)), dtype=np.float64)


def likeness(counts: Counts, corpus: Corpus, rare: Floats) -> tuple[Floats, Floats]:
    """Cosines of the tf-idf vectors of hypothesis and reference for n-grams of one order.

    Args:
        rare: of each n-gram, by its number; of `rarity`.

    Returns:
        The plain cosines and those of clipped counts, each (captions); hypotheses have meaningless ones.
    """
    captions = len(corpus.photo)
    weight = counts.times * rare[counts.ngram]

    caption = corpus.first[counts.photo] + counts.place
    norm = np.sqrt(add_up(weight**2, caption, captions))
    norms = norm * norm[corpus.first][corpus.photo]
    norms[norms == 0] = 1  # the products are 0 as well then
    sizes = np.diff(counts.group, append=len(counts.place))
    said = np.repeat(np.where(counts.place == 0, weight, 0)[counts.group], sizes)
    plain = add_up(said * weight, caption, captions) / norms
    clipped = add_up(np.minimum(said, weight) * weight, caption, captions) / norms
    return plain, clipped


def cider(corpus: Corpus, likenesses: Iterable[tuple[Floats, Floats]]) -> Tally:
    """CIDEr and CIDEr-D of the set and of each photo, from 0 to 10: 10 times the mean over orders and references."""
    plain, clipped = (np.sum(each, axis=0) for each in zip(*likenesses, strict=True))
    # The COCO evaluation measures length in pairs of words, so captions of none and of one word are equally long.
    length = np.maximum(corpus.lengths - 1, 0)
    penalty = np.exp(-((length - length[corpus.first][corpus.photo]) ** 2) / (2 * SIGMA**2))
    return means(("cider", "cider_d"), [of_photos(plain, corpus), of_photos(clipped * penalty, corpus)])


def of_photos(values: Floats, corpus: Corpus) -> Floats:
    """The scaled mean over the references of each photo, (captions) to (photos)."""
    total = np.add.reduceat(np.where(corpus.place > 0, values, 0), corpus.first)
    references = np.bincount(corpus.photo) - 1
    return SCALE * total / references / ORDERS
