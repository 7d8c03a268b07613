"""Of many captions of a photo, the one that agrees most with the others: minimum Bayes risk (Kumar & Byrne 2004).

The likeliest caption is often a bland or an odd one. Here a beam and samples are each other's references, and the
caption with the highest mean CIDEr-D against all others is taken: what the network expects that people would like.

A bundle does not know in how many photos an n-gram stands, so its rarity is guessed from its words: the vocabulary is
in the order of falling counts, and by Zipf's law a word is about as rare as its place in it; rarities of words add up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.scoring.captions.cider import cider, likeness
from captioner.scoring.captions.ngrams import Corpus, Counts, count_ngrams
from captioner.scoring.tally import Floats
from captioner.text.vocabulary import SPECIAL

Found = list[list[Hypothesis]]


def find(search: Callable[[Decoding], Found], decoding: Decoding) -> Found:
    """What a search finds; with `decoding.consensus`, what all that it finds and so many samples agree on.

    Args:
        search: finds captions of the same photos with any settings.
        decoding: of the search; `temperature`, `top_k`, `top_p` and `seed` are of the samples.

    Returns:
        for each photo `n_best` captions, those that ended first, then by their agreement, which is their score; fewer
        where there are not so many different ones.
    """
    if not decoding.consensus:
        return search(decoding)
    likely = replace(decoding, consensus=0, n_best=decoding.beam if decoding.method == "beam" else 1)
    drawn = replace(decoding, consensus=0, method="sample", n_best=decoding.consensus)
    candidates = [[*one, *other] for one, other in zip(search(likely), search(drawn), strict=True)]
    different = [list({one.words: one for one in reversed(row)}.values())[::-1] for row in candidates]
    agreed = iter(
        agreement([[one.words for one in row] for row in candidates], [[o.words for o in r] for r in different])
    )
    rows = [[one._replace(score=float(next(agreed))) for one in row] for row in different]
    return [sorted(row, key=lambda one: (-one.ended, -one.score))[: decoding.n_best] for row in rows]


def agreement(candidates: Sequence[Sequence[Sequence[int]]], asked: Sequence[Sequence[Sequence[int]]]) -> Floats:
    """The mean CIDEr-D, from 0 to 10, of captions of each photo against all others of it.

    Args:
        candidates: of each photo, ids of words; two or more.
        asked: those of them whose agreement is wanted; each is compared with all candidates but one like itself.

    Returns:
        of all photos' captions, one after the other.
    """
    corpus = _corpus(list(_with_others(candidates, asked)))
    counted = enumerate(count_ngrams(corpus), 1)
    return cider(corpus, [likeness(counts, corpus, _rarity(counts, corpus, n)) for n, counts in counted]).each()[:, 1]


def _with_others(
    candidates: Sequence[Sequence[Sequence[int]]], asked: Sequence[Sequence[Sequence[int]]]
) -> Iterator[list[Sequence[int]]]:
    """Each caption that is asked about, with the others behind it."""
    for captions, row in zip(candidates, asked, strict=True):
        for caption in row:
            own = captions.index(caption)
            yield [caption, *captions[:own], *captions[own + 1 :]]


def _corpus(rows: Sequence[Sequence[Sequence[int]]]) -> Corpus:
    """A corpus of ids; each row is a hypothesis with its references."""
    captions = np.array([len(row) for row in rows], dtype=np.int64)
    first = np.cumsum(captions) - captions
    photo = np.repeat(np.arange(len(rows)), captions)
    lengths = np.array([len(caption) for row in rows for caption in row], dtype=np.int64)
    words = np.array([word for row in rows for caption in row for word in caption], dtype=np.int64)
    return Corpus(words, lengths, first, photo, np.arange(len(photo)) - first[photo])


def _rarity(counts: Counts, corpus: Corpus, order: int) -> Floats:
    """How rare each n-gram is guessed to be, by its number."""
    ids = corpus.words[counts.example[counts.ngram][:, None] + np.arange(order)]
    rare = np.zeros(len(counts.example))
    rare[counts.ngram] = np.log(np.maximum(1, ids - len(SPECIAL) + 1)).sum(axis=1)
    return rare
