"""Scores of captions against references: BLEU-1 to BLEU-4, ROUGE-L, CIDEr and CIDEr-D of strings keyed by photo.

The numbers are those of the COCO evaluation (pycocoevalcap), without Java; docs/scores.md has the definitions.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from captioner.scoring.captions.bleu import bleu, matches
from captioner.scoring.captions.cider import cider, likeness, photos_with, rarity
from captioner.scoring.captions.ngrams import Corpus, CorpusBuilder, count_ngrams
from captioner.scoring.captions.rouge import rouge_l
from captioner.scoring.tally import Tally, means
from captioner.text.penn.ptb import ptb

Id = TypeVar("Id", bound=Hashable)
Words = list[str]
NAMED = 5  # ids that an error message spells out


@dataclass(frozen=True, eq=False)
class CaptionScores(Generic[Id]):
    """The scores of one set of captions.

    BLEU, ROUGE-L, METEOR and SPICE are fractions from 0 to 1, CIDEr and CIDEr-D go from 0 to 10. Papers print all of
    them times 100.

    Attributes:
        ids: the photos, in the order of the tallies' rows.
        tallies: the scores by family, as sums over photos.
    """

    ids: tuple[Id, ...]
    tallies: tuple[Tally, ...]

    @property
    def count(self) -> int:
        """Number of photos."""
        return len(self.ids)

    @property
    def values(self) -> dict[str, float]:
        """The scores of the whole set by name."""
        return {
            name: value
            for tally in self.tallies
            for name, value in zip(tally.names, tally.whole().tolist(), strict=True)
        }

    @property
    def per_image(self) -> dict[Id, dict[str, float]]:
        """The scores of every photo by name, as if it were alone; BLEU of the set is not the mean of these."""
        names = [name for tally in self.tallies for name in tally.names]
        rows = np.concatenate([tally.each() for tally in self.tallies], axis=-1).tolist()
        return {key: dict(zip(names, row, strict=True)) for key, row in zip(self.ids, rows, strict=True)}


def score_captions(
    hypotheses: Mapping[Id, str],
    references: Mapping[Id, Sequence[str]],
    *,
    tokenize: Callable[[str], Words] = ptb,
    further: Sequence[Callable[[list[tuple[Words, list[Words]]]], Tally]] = (),
) -> CaptionScores[Id]:
    """Scores one caption of each photo against the photo's references.

    Args:
        hypotheses: photo id: the caption to be scored.
        references: photo id: the captions that people wrote, one or more.
        tokenize: gives the words of a caption; the official COCO tokens by default.
        further: more families of scores, which see (hypothesis, references) of all photos as words.

    Raises:
        ValueError: there are no photos, some have no caption or no references, or captions belong to none of them.
    """
    check(hypotheses, references)
    corpus = CorpusBuilder()
    rouge, kept = [], []
    for key, captions in references.items():
        photo = tokenize(hypotheses[key]), [tokenize(caption) for caption in captions]
        corpus.add(*photo)
        rouge.append(rouge_l(*photo))
        kept += [photo] * bool(further)
    bleu_tally, cider_tally = of_ngrams(corpus.build())
    rouge_tally = means(("rouge_l",), [np.array(rouge)])
    return CaptionScores(
        tuple(references), (bleu_tally, rouge_tally, cider_tally, *(family(kept) for family in further))
    )


def of_ngrams(corpus: Corpus) -> tuple[Tally, Tally]:
    """BLEU and the two CIDErs."""
    matched, likenesses = [], []
    for counts in count_ngrams(corpus):
        matched.append(matches(counts, len(corpus.first)))
        likenesses.append(likeness(counts, corpus, rarity(photos_with(counts), len(corpus.first))))
    return bleu(corpus, matched), cider(corpus, likenesses)


def check(hypotheses: Mapping[Id, str], references: Mapping[Id, Sequence[str]]) -> None:
    """Refuses what cannot be scored.

    Raises:
        ValueError: the photos of the two are not the same, there are none, or some have no references.
    """
    if not references:
        raise ValueError("there are no photos to score: give at least one caption and its references")
    faults = {
        "no caption was given": [key for key in references if key not in hypotheses],
        "no references were given": [key for key in hypotheses if not references.get(key)],
        "one text stands for a list of references": [key for key in references if isinstance(references[key], str)],
        "the caption is no text": [key for key in hypotheses if not isinstance(hypotheses[key], str)],
    }
    for fault, keys in faults.items():
        if keys:
            raise ValueError(f"{fault} for {named(keys)}")


def named(keys: Collection[Hashable], noun: str = "photo") -> str:
    """A count with the first few ids: `7 photos (1, 2, 3, 4, 5, …)`."""
    first: Iterable[Hashable] = list(keys)[:NAMED]
    return f"{len(keys):,} {noun}{'s' * (len(keys) > 1)} ({', '.join(map(repr, first))}{', …' * (len(keys) > NAMED)})"
