"""Captions as numbers: every photo's hypothesis and references in flat arrays, and their counted n-grams.

Words become whole numbers once; an n-gram is the pair (its first n-1 words, its last word), numbered anew for each n.
So nothing is hashed approximately, and one sort per n counts every n-gram of every caption.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ORDERS = 4


class Corpus(NamedTuple):
    """All captions of all photos, one after the other: of each photo first the hypothesis, then its references.

    Attributes:
        words: word numbers, (words of all captions).
        lengths: words in each caption, (captions).
        first: place of each photo's hypothesis among the captions, (photos).
        photo: which photo a caption belongs to, (captions).
    """

    words: Ints
    lengths: Ints
    first: Ints
    photo: Ints

    @property
    def place(self) -> Ints:
        """Place of a caption within its photo: 0 for the hypothesis, from 1 for references, (captions)."""
        return np.arange(len(self.photo)) - self.first[self.photo]


class Counts(NamedTuple):
    """How often each n-gram of one order occurs in each caption; sorted by photo, n-gram, place. All are (entries).

    Attributes:
        photo: photo of the entry.
        ngram: number of the n-gram.
        place: 0 for the photo's hypothesis, from 1 for its references.
        times: occurrences in this caption, at least 1.
        group: starts of the runs of entries with the same photo and n-gram, (groups).
    """

    photo: Ints
    ngram: Ints
    place: Ints
    times: Ints
    group: Ints


def number_words(photos: Iterable[tuple[Sequence[str], Sequence[Sequence[str]]]]) -> Corpus:
    """Numbers the words of (hypothesis, references) pairs, one pair a photo; reads the photos once, as a stream."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    words, lengths, captions = array("q"), array("q"), array("q")
    for hypothesis, references in photos:
        captions.append(1 + len(references))
        for caption in (hypothesis, *references):
            lengths.append(len(caption))
            words.extend(map(numbers.__getitem__, caption))
    per_photo = np.array(captions, dtype=np.int64)
    return Corpus(
        words=np.array(words, dtype=np.int64),
        lengths=np.array(lengths, dtype=np.int64),
        first=np.cumsum(per_photo) - per_photo,
        photo=np.repeat(np.arange(len(per_photo)), per_photo),
    )


def count_ngrams(corpus: Corpus) -> Iterator[Counts]:
    """Counts the n-grams of n = 1 to 4 words, one order after the other."""
    words = corpus.words
    ends = np.cumsum(corpus.lengths)
    caption = np.repeat(np.arange(len(ends)), corpus.lengths)
    places = int(corpus.place.max()) + 1
    start, ngram = np.arange(len(words)), words
    for order in range(1, ORDERS + 1):
        if order > 1:
            inside = start + order <= ends[caption[start]]
            start = start[inside]
            pairs = ngram[inside] * (len(words) + 1) + words[start + order - 1]
            ngram = np.unique(pairs, return_inverse=True)[1]
        kinds = int(ngram.max(initial=0)) + 1
        owner = caption[start]
        keys = (corpus.photo[owner] * kinds + ngram) * places + corpus.place[owner]
        yield runs(keys, kinds, places)


def runs(keys: Ints, kinds: int, places: int) -> Counts:
    """Sorts keys made of (photo, n-gram, place) and counts equal ones."""
    keys = np.sort(keys)
    start = np.flatnonzero(np.diff(keys, prepend=-1))
    times = np.diff(start, append=len(keys))
    both, place = np.divmod(keys[start], places)
    photo, ngram = np.divmod(both, kinds)
    return Counts(photo, ngram, place, times, group=np.flatnonzero(np.diff(both, prepend=-1)))
