"""WUPS, accuracy that forgives near misses of meaning (Malinowski & Fritz 2014, https://arxiv.org/abs/1410.0210)."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import prod

from captioner.text.wordnet import noun_synsets

THRESHOLDS = (0.9, 0.0)  # the two that are published
DOWNWEIGHT = 0.1  # what a pair of words below the threshold is worth, times its similarity


def wups(prediction: str, answers: Sequence[str], threshold: float) -> float:
    """The WUPS of one answer; answers are sets of items parted by commas ("table, chair").

    With μ(a, t) the Wu-Palmer similarity of two items, a tenth of it below the threshold, and the sets A (predicted)
    and T (true), the score is min(∏ over a of max over t of μ(a, t), ∏ over t of max over a of μ(t, a)). As the paper
    says, these are sets: an item named twice counts once (the authors' script counts it twice).

    Args:
        prediction: what the model says.
        answers: what the annotators say, one each; the score is the mean over them (DAQUAR has one).
        threshold: in 0..1; 0.9 and 0.0 are published.

    Returns:
        A fraction in 0..1.

    Raises:
        FileNotFoundError: nltk does not find WordNet's files.
        ValueError: there are no answers, or the threshold is outside 0..1.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"a WUPS threshold lies in 0..1 (0.9 and 0.0 are published), not at {threshold}")
    if not answers:
        raise ValueError("WUPS needs one annotator's answer or more, and there is none")
    said = items(prediction)
    total = sum(count * _of_sets(said, items(answer), threshold) for answer, count in Counter(answers).items())
    return total / len(answers)


def items(answer: str) -> tuple[str, ...]:
    """The different items of an answer, in its order: "table, chair" has two."""
    return tuple(dict.fromkeys(item.strip() for item in answer.split(",")))


@lru_cache(maxsize=1 << 20)
def similarity(item: str, other: str) -> float:
    """Wu-Palmer similarity of two items: the best over all noun synsets of the one and of the other, as published.

    The same string has similarity 1, in WordNet or not; else an item without noun synsets ("garbage_bin") has 0.
    Lemmas of several words are found with spaces as with underscores.

    Raises:
        FileNotFoundError: nltk does not find WordNet's files.
    """
    if item == other:
        return 1.0
    pairs = ((one, two) for one in noun_synsets(item) for two in noun_synsets(other))
    return max((one.wup_similarity(two) or 0.0 for one, two in pairs), default=0.0)


def _of_sets(said: Sequence[str], true: Sequence[str], threshold: float) -> float:
    def member(item: str, others: Sequence[str]) -> float:
        best = max(similarity(item, other) for other in others)
        return best if best >= threshold else DOWNWEIGHT * best

    return min(prod(member(item, true) for item in said), prod(member(item, said) for item in true))
