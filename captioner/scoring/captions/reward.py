"""What captions earn while a network is trained on the score itself (Rennie et al. 2017, arXiv:1612.00563).

The reward of a caption is its CIDEr-D against its photo's own captions, computed by the code that scores results. How
rare an n-gram is was counted once, over all photos of the train split: a batch alone has too few to tell.
"""

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from captioner.scoring.captions.bleu import bleu, matches
from captioner.scoring.captions.cider import cider, likeness, photos_with, rarity
from captioner.scoring.captions.ngrams import Corpus, CorpusBuilder, Counts, count_ngrams
from captioner.scoring.captions.scores import named
from captioner.scoring.captions.sentences import faults
from captioner.scoring.tally import Floats, Ints

END = "<end>"
LAST = np.iinfo(np.int64).max  # no pair, behind all pairs, so that whatever is looked for has a place
Words = Sequence[str]


class Rarity:
    """In how many photos' references each n-gram stands, looked up by its words.

    Args:
        corpus: of these photos; their hypotheses do not matter.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.photos, self.base = len(corpus.first), int(corpus.words.max(initial=0)) + 1
        self.pairs: list[Ints] = []
        """For n = 2 to 4 the n-grams in order: the number of the first n - 1 words, times base, plus the last word."""
        self.seen: list[Floats] = []
        """For n = 1 to 4, by the n-gram's number: its place among the pairs, or the word's own."""
        for order, counts in enumerate(count_ngrams(corpus), 1):
            if order > 1:  # `count_ngrams` numbers in this order too
                there = counts.example[: counts.ngram.max(initial=-1) + 1]
                ngrams = corpus.words[there[:, None] + np.arange(order)]
                self.pairs.append(np.append(self._numbers(ngrams[:, :-1]) * self.base + ngrams[:, -1], LAST))
            self.seen.append(photos_with(counts))

    def of(self, counts: Counts, corpus: Corpus, order: int) -> Floats:
        """The rarity of another corpus' n-grams, by their numbers there, (kinds)."""
        numbers = self._numbers(corpus.words[counts.example[counts.ngram][:, None] + np.arange(order)])
        seen = np.zeros(len(counts.example))
        seen[counts.ngram] = np.where(numbers < 0, 0, self.seen[order - 1][numbers])
        return rarity(seen, self.photos)

    def _numbers(self, ngrams: Ints) -> Ints:
        """The numbers of n-grams, (kinds, n) to (kinds); -1 where none of the photos has it."""
        numbers = np.where(ngrams[:, 0] < self.base, ngrams[:, 0], -1)
        for pairs, word in zip(self.pairs, ngrams.T[1:], strict=False):
            pair = np.where((numbers < 0) | (word >= self.base), -1, numbers * self.base + word)
            place = np.searchsorted(pairs, pair)
            numbers = np.where(pairs[place] == pair, place, -1)
        return numbers


class Reward:
    """Rewards captions of the photos of one split.

    Args:
        references: of each photo, the words of its captions as the scorer cuts them.
        bleu: what the BLEU-4 of the caption alone, from 0 to 1, counts beside its CIDEr-D, from 0 to 10.
        end: whether the end counts as a word of every caption that reached it, so that n-grams tell how captions end.
            Without it "a dog on a" loses nothing by breaking off where no reference ends.
        faults: what a caption loses for each fault of `captioner.scoring.captions.sentences`.

    Raises:
        ValueError: some photos have no captions.
    """

    def __init__(
        self, references: Sequence[Sequence[Words]], *, bleu: float = 0.0, end: bool = False, faults: float = 0.0
    ) -> None:
        if bare := [place for place, captions in enumerate(references) if not captions]:
            raise ValueError(f"no captions were given for {named(bare)}, and a photo's own tell what others of it earn")
        self.bleu, self.end, self.faults = bleu, end, faults
        self.references = [[self._ended(caption, True) for caption in captions] for captions in references]
        builder = CorpusBuilder()
        for captions in self.references:
            builder.add((), captions)
        self.numbers, self.rarity = builder.numbers, Rarity(builder.build())

    def __call__(self, photos: Sequence[int], captions: Sequence[Words], ended: Sequence[bool] | None = None) -> Floats:
        """The reward of each caption.

        Args:
            photos: the places of their photos, in any order, each as often as it has captions here.
            captions: their words, as the scorer cuts them.
            ended: whether the end was reached; by default it was.
        """
        builder = CorpusBuilder(self.numbers)
        for photo, caption, complete in zip(photos, captions, ended or repeat(True, len(captions)), strict=True):
            builder.add(self._ended(caption, complete), self.references[photo])
        corpus = builder.build()
        counted = list(count_ngrams(corpus))
        likenesses = [
            likeness(counts, corpus, self.rarity.of(counts, corpus, n)) for n, counts in enumerate(counted, 1)
        ]
        total = cider(corpus, likenesses).each()[:, 1]
        if self.bleu:
            total += self.bleu * bleu(corpus, [matches(counts, len(photos)) for counts in counted]).each()[:, -1]
        if self.faults:
            total -= self.faults * np.array([faults(caption).total for caption in captions])
        return total

    def _ended(self, caption: Words, complete: bool) -> Words:
        return [*caption, END] if self.end and complete else caption
