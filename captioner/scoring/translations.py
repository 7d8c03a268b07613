"""Scores of translations, by sacrebleu (Post 2018, aclanthology.org/W18-6319): BLEU and chrF of plain sentences.

Its own tokens (13a) are cut from what people read, so numbers of different models and papers compare.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from captioner.scoring.tally import Floats, Tally

NAMES = ("bleu", "chrf")


class TranslationScores(NamedTuple):
    """The scores of one set of translations, fractions from 0 to 1; papers print them times 100."""

    tallies: tuple[Tally, ...]
    """By family, as sums over sentences."""
    signatures: dict[str, str]
    """How each score was computed, in sacrebleu's own words."""

    @property
    def values(self) -> dict[str, float]:
        """The scores of the whole set by name."""
        return {tally.names[0]: float(tally.whole()[0]) for tally in self.tallies}


def score_translations(said: Sequence[str], references: Sequence[str]) -> TranslationScores:
    """Scores translations against one reference each.

    Raises:
        ValueError: there are none, not equally many, or sacrebleu is not installed.
    """
    if len(said) != len(references) or not said:
        raise ValueError(f"{len(said):,} translations cannot be scored against {len(references):,} references")
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
    except ModuleNotFoundError:
        raise ValueError("translations are scored by sacrebleu: pip install 'captioner[translate]'") from None
    metrics = dict(zip(NAMES, (BLEU(), CHRF()), strict=True))
    tallies = tuple(_tally(name, metric, said, references) for name, metric in metrics.items())
    return TranslationScores(tallies, {name: str(metric.get_signature()) for name, metric in metrics.items()})


def _tally(name: str, metric: Any, said: Sequence[str], references: Sequence[str]) -> Tally:
    """What sacrebleu counts in each sentence, and its own way from the sums of these to the score."""
    rows = np.array(metric._extract_corpus_statistics(said, [references]), dtype=np.float64)

    def score(sums: Floats, sentences: int) -> Floats:
        flat = sums.reshape(-1, sums.shape[-1])
        scores = [metric._compute_score_from_stats(row.astype(int).tolist()).score / 100 for row in flat]
        return np.array(scores).reshape(*sums.shape[:-1], 1)

    return Tally((name,), rows, score)
