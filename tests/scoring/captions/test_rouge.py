"""Longest common subsequences against the textbook table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.scoring.captions.rouge import common_subsequences, rouge_l

WORDS = st.lists(st.sampled_from("abc"), max_size=80)


def table(first, second):
    """The usual dynamic programme."""
    row = [0] * (len(second) + 1)
    for word in first:
        before = row
        row = [0]
        for place, other in enumerate(second):
            row.append(before[place] + 1 if word == other else max(before[place + 1], row[place]))
    return row[-1]


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_lengths_are_those_of_the_table_also_beyond_64_words(hypothesis, references):
    assert common_subsequences(hypothesis, references) == [table(hypothesis, one) for one in references]


def test_precision_and_recall_may_come_from_different_references():
    # precision 2/2 with the first, recall 1/1 with the second
    assert rouge_l(["a", "b"], [["a", "b", "c", "d"], ["b"]]) == pytest.approx(1)


def test_the_f_score_by_hand():
    # two of three words found, two of four words said: (1 + 1.44) * 2/3 * 1/2 / (1/2 + 1.44 * 2/3)
    assert rouge_l(["a", "b", "x"], [["a", "y", "b", "z"]]) == pytest.approx(2.44 / 3 / (0.5 + 0.96))


def test_empty_captions_are_alike_and_unlike_all_others():
    assert rouge_l([], [[]]) == pytest.approx(1)
    assert rouge_l([], [["a"]]) == 0
