"""ROUGE-L as the COCO evaluation computes it: the longest common subsequence (Lin 2004, aclanthology.org/W04-1013)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from captioner.scoring.corpus import Corpus, Floats

BETA = 1.2  # recall counts that much more than precision
NO_WORD = -1


def common_subsequences(hypothesis: Sequence[int], references: Sequence[Sequence[int]]) -> list[int]:
    """Words of the longest common subsequence of the hypothesis and each reference.

    A row of the usual table is held in the bits of one whole number (Hyyrö 2004), so a word costs a few additions
    however long the hypothesis is.
    """
    places: dict[int, int] = {}
    for place, word in enumerate(hypothesis):
        places[word] = places.get(word, 0) | 1 << place
    full = (1 << len(hypothesis)) - 1
    found = []
    for reference in references:
        row = full
        for word in reference:
            if matching := places.get(word, 0) & row:
                row = (row + matching) | (row - matching)
        found.append(len(hypothesis) - (row & full).bit_count())
    return found


def rouge_l(corpus: Corpus) -> Floats:
    """ROUGE-L of each photo, from 0 to 1: the F-score of the best precision and the best recall, (photos).

    The best precision and the best recall may come from different references. An empty caption counts as one word that
    is equal to other empty captions only.
    """
    ends = np.cumsum(corpus.lengths).tolist()
    words = corpus.words.tolist()
    captions = [words[start:end] or [NO_WORD] for start, end in pairwise([0, *ends])]
    limits = [*corpus.first.tolist(), len(captions)]
    scores = np.zeros(len(corpus.first))
    for photo, (first, last) in enumerate(pairwise(limits)):
        hypothesis, references = captions[first], captions[first + 1 : last]
        common = common_subsequences(hypothesis, references)
        precision = max(common) / len(hypothesis)
        recall = max(length / len(reference) for length, reference in zip(common, references, strict=True))
        if precision > 0:
            scores[photo] = (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)
    return scores
