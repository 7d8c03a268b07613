"""ROUGE-L as the COCO evaluation computes it: longest common subsequences (Lin 2004, aclanthology.org/W04-1013)."""

from collections.abc import Sequence

BETA = 1.2  # recall counts that much more than precision
EMPTY = ("",)  # to the COCO evaluation an empty caption has one word, which is empty


def rouge_l(hypothesis: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """ROUGE-L of one photo, from 0 to 1: the F-score of the best precision and the best recall.

    These two may come from different references.
    """
    hypothesis = hypothesis or EMPTY
    references = [reference or EMPTY for reference in references]
    common = common_subsequences(hypothesis, references)
    precision = max(common) / len(hypothesis)
    recall = max(length / len(reference) for length, reference in zip(common, references, strict=True))
    if precision == 0:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def common_subsequences(hypothesis: Sequence[str], references: Sequence[Sequence[str]]) -> list[int]:
    """Words in the longest common subsequence of the hypothesis and each reference.

    A row of the usual table is kept in the bits of one number (Hyyrö 2004): a word of a reference costs three
    additions, however long the hypothesis is.
    """
    places: dict[str, int] = {}
    for place, word in enumerate(hypothesis):
        places[word] = places.get(word, 0) | 1 << place
    all_places = (1 << len(hypothesis)) - 1
    lengths = []
    for reference in references:
        unmatched = all_places
        for word in reference:
            if matching := places.get(word, 0) & unmatched:
                unmatched = (unmatched + matching) | (unmatched - matching)
        lengths.append(len(hypothesis) - (unmatched & all_places).bit_count())
    return lengths
