"""N-grams of many captions at once: words become numbers, and one sort for each n counts every n-gram of every caption.

An n-gram is the pair of its first n-1 words and its last word, numbered anew for each n; nothing is hashed inexactly.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from captioner.scoring.tally import Ints

ORDERS = 4


class Corpus(NamedTuple):
    """All captions of all photos, one after the other: of each photo first the hypothesis, then its references.

    Attributes:
        words: word numbers, (words of all captions).
        lengths: words in each caption, (captions).
        first: place of each photo's hypothesis among the captions, (photos).
        photo: which photo a caption belongs to, (captions).
        place: 0 for a hypothesis, from 1 for the references of a photo, (captions).
    """

    words: Ints
    lengths: Ints
    first: Ints
    photo: Ints
    place: Ints


class Counts(NamedTuple):
    """How often each n-gram of one order occurs in each caption; sorted by photo, n-gram, place. All are (entries).

    Attributes:
        photo: photo of the entry.
        ngram: number of the n-gram.
        place: 0 for the photo's hypothesis, from 1 for its references.
        times: occurrences in this caption, at least 1.
        group: starts of the runs of entries that have photo and n-gram in common, (groups).
        example: where among the corpus' words the n-gram of each number begins, at one of its occurrences, (kinds).
    """

    photo: Ints
    ngram: Ints
    place: Ints
    times: Ints
    group: Ints
    example: Ints


class Numbers(dict[str, tuple[int, ...]]):
    """The numbers of a token's words, given out as tokens come.

    A token has several words where it holds a space ("1 1/2"): the COCO evaluation counts n-grams of what stands
    between spaces.
    """

    def __init__(self) -> None:
        self.words: dict[str, int] = {}

    def __missing__(self, token: str) -> tuple[int, ...]:
        numbers = tuple(self.words.setdefault(word, len(self.words)) for word in token.split())
        self[token] = numbers
        return numbers


class CorpusBuilder:
    """Takes photo after photo and keeps numbers only.

    Args:
        numbers: of words that another corpus has numbered before; new words are added to them.
    """

    def __init__(self, numbers: Numbers | None = None) -> None:
        self.numbers = Numbers() if numbers is None else numbers
        self.words, self.lengths, self.captions = array("q"), array("q"), array("q")

    def add(self, hypothesis: Sequence[str], references: Sequence[Sequence[str]]) -> None:
        """Takes one photo."""
        self.captions.append(1 + len(references))
        for caption in (hypothesis, *references):
            before = len(self.words)
            self.words.extend(chain.from_iterable(map(self.numbers.__getitem__, caption)))
            self.lengths.append(len(self.words) - before)

    def build(self) -> Corpus:
        """Everything taken so far."""
        captions = np.array(self.captions, dtype=np.int64)
        first = np.cumsum(captions) - captions
        photo = np.repeat(np.arange(len(captions)), captions)
        return Corpus(
            words=np.array(self.words, dtype=np.int64),
            lengths=np.array(self.lengths, dtype=np.int64),
            first=first,
            photo=photo,
            place=np.arange(len(photo)) - first[photo],
        )


def count_ngrams(corpus: Corpus) -> Iterator[Counts]:
    """Counts the n-grams of n = 1 to 4 words, one order after the other."""
    words, ends = corpus.words, np.cumsum(corpus.lengths)
    caption = np.repeat(np.arange(len(ends)), corpus.lengths)
    places, base = int(corpus.place.max()) + 1, int(words.max(initial=0)) + 1
    start, ngram = np.arange(len(words)), words
    for order in range(1, ORDERS + 1):
        if order > 1:
            inside = start + order <= ends[caption[start]]
            start = start[inside]
            pairs = ngram[inside] * base + words[start + order - 1]
            ngram = np.unique(pairs, return_inverse=True)[1]
        example = np.zeros(int(ngram.max(initial=0)) + 1, dtype=np.int64)
        example[ngram] = start
        owner = caption[start]
        keys = np.sort((corpus.photo[owner] * len(example) + ngram) * places + corpus.place[owner])
        yield count_runs(keys, example, places)


def count_runs(keys: Ints, example: Ints, places: int) -> Counts:
    """Counts equal ones among sorted keys (photo * kinds + n-gram) * places + place."""
    start = np.flatnonzero(np.diff(keys, prepend=-1))
    times = np.diff(start, append=len(keys))
    both, place = np.divmod(keys[start], places)
    photo, ngram = np.divmod(both, len(example))
    return Counts(photo, ngram, place, times, np.flatnonzero(np.diff(both, prepend=-1)), example)
