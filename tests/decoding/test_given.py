"""Given sentences are as probable as their words one after the other, whatever they share; and words as expected."""

from typing import Any

import numpy as np
import pytest

from captioner.decoding.expected import expected_words
from captioner.decoding.given import word_log_probabilities
from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from tests.decoding.table import END, PAD, SPECIAL, START, random_table
from tests.decoding.test_numpy import PlainTable

SENTENCES = [[4, 5, 6], [4, 5, 5, 4, 6], [4, 5, 6], [], [6]]


def one_by_one(table, photo, sentence):
    before, said = [PAD, START, *sentence], []
    for place, word in enumerate([*sentence, END]):
        logits = table.logits[photo, before[place], before[place + 1]]
        said.append(float(logits.log_softmax(dim=0)[word]))
    return said


@pytest.mark.parametrize("plain", [False, True])
def test_each_word_has_its_probability_after_those_before_it(plain):
    table = random_table(3, 7)
    stepper: Any = PlainTable.of(table) if plain else table
    found = word_log_probabilities(stepper, SENTENCES, start=START, end=END)
    assert found.shape == (3, 5, 6)
    for photo in range(3):
        for place, sentence in enumerate(SENTENCES):
            said = one_by_one(table, photo, sentence)
            np.testing.assert_allclose(found[photo, place], [*said, *[0] * (6 - len(said))], atol=1e-5)


def test_what_begins_alike_is_followed_as_one():
    plain = PlainTable.of(random_table(2, 7))
    word_log_probabilities(plain, SENTENCES, start=START, end=END)
    assert plain.rows == [(2, 1), (2, 2), (2, 1), (2, 2), (2, 1), (2, 1)]  # (photos, different beginnings)


def test_a_sentence_that_a_search_found_is_as_probable_as_it_said():
    table = random_table(2, 7, end=3.0)
    for photo, (best, *_) in enumerate(search(table, Decoding("beam", beam=4), **SPECIAL)):
        told = word_log_probabilities(table, [best.words], start=START, end=END)[photo].sum()
        assert best.ended
        assert told == pytest.approx(best.log_probability, abs=1e-4)


def test_nothing_is_said_of_no_sentence_or_no_photo():
    assert word_log_probabilities(random_table(2, 7), [], start=START, end=END).shape[:2] == (2, 0)
    assert word_log_probabilities(random_table(0, 7), [[4]], start=START, end=END).shape[:2] == (0, 1)


def test_words_are_expected_as_often_as_captions_have_them():
    table = random_table(2, 7, end=2.0)
    expected = expected_words(table, captions=400, start=START, end=END)
    assert expected.shape == (2, 7)
    np.testing.assert_allclose(expected[:, END], 1, atol=0.05)  # each caption ends once
    drawn = search(table, Decoding("sample", n_best=400, max_words=40, seed=5), start=START, end=END, never=())
    counted = [[np.mean([one.words.count(word) for one in row]) for word in range(7)] for row in drawn]
    kinds = [word for word in range(7) if word != END]
    np.testing.assert_allclose(expected[:, kinds], np.array(counted)[:, kinds], atol=0.35)


def test_what_is_expected_does_not_depend_on_the_batch():
    table = random_table(3, 7, end=2.0)
    whole = expected_words(PlainTable.of(table), captions=5, start=START, end=END, seed=2)
    last = PlainTable.of(table).keep(np.array([2]))
    np.testing.assert_allclose(expected_words(last, captions=5, start=START, end=END, seed=2, first=2)[0], whole[2])
