"""CIDEr and CIDEr-D: likeness of the rare n-grams (Vedantam et al. 2015, arXiv:1411.5726).

What the COCO evaluation prints as "CIDEr" is CIDEr-D: counts are clipped, and a difference in length costs.
"""

from collections.abc import Iterable

import numpy as np

from captioner.scoring.corpus import ORDERS, Corpus, Counts, Floats

SIGMA = 6.0  # words of difference in length that cost a factor of exp(-1/2)
SCALE = 10.0  # the paper's, so that the numbers are of the size of other scores


def likeness(counts: Counts, corpus: Corpus) -> tuple[Floats, Floats]:
    """Cosines of the tf-idf vectors of hypothesis and caption for one order of n-grams.

    Document frequencies are counted over the photos whose references have the n-gram.

    Returns:
        Plain and clipped cosines, each (captions); those of the hypotheses themselves mean nothing.
    """
    photos, captions = len(corpus.first), len(corpus.photo)
    kinds = int(counts.ngram.max(initial=0)) + 1
    last = np.append(counts.group, len(counts.place))[1:] - 1
    frequency = np.bincount(counts.ngram[counts.group], weights=counts.place[last] > 0, minlength=kinds)
    rarity = np.log(photos) - np.log(np.maximum(frequency, 1))
    weight = counts.times * rarity[counts.ngram]

    caption = corpus.first[counts.photo] + counts.place
    norm = np.sqrt(np.bincount(caption, weights=weight**2, minlength=captions))
    sizes = np.diff(counts.group, append=len(counts.place))
    hypothesis = np.repeat(np.where(counts.place == 0, weight, 0)[counts.group], sizes)
    norms = norm * norm[corpus.first][corpus.photo]
    norms[norms == 0] = 1  # then the products are 0, too
    plain = np.bincount(caption, weights=hypothesis * weight, minlength=captions) / norms
    clipped = np.bincount(caption, weights=np.minimum(hypothesis, weight) * weight, minlength=captions) / norms
    return plain, clipped


def cider(corpus: Corpus, likenesses: Iterable[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """CIDEr and CIDEr-D of each photo: the mean over orders and references, times 10, each (photos)."""
    plain, clipped = (sum(each) for each in zip(*likenesses, strict=True))
    # The COCO evaluation measures length in pairs of words, so captions of none and of one word are equally long.
    length = np.maximum(corpus.lengths - 1, 0)
    clipped = clipped * np.exp(-((length - length[corpus.first][corpus.photo]) ** 2) / (2 * SIGMA**2))
    return over_references(plain, corpus), over_references(clipped, corpus)


def over_references(values: Floats, corpus: Corpus) -> Floats:
    """The scaled mean over each photo's references of values summed over orders, (captions) to (photos)."""
    values = np.where(corpus.place > 0, values, 0)
    references = np.bincount(corpus.photo) - 1
    return SCALE * np.add.reduceat(values, corpus.first) / references / ORDERS
