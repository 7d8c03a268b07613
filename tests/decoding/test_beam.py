from itertools import product
from math import inf
from typing import ClassVar

import pytest
import torch

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from tests.decoding.table import END, NEVER, PAD, SPECIAL, START, Table, random_table


def exhaustive(table: Table, photo: int, settings: Decoding) -> list[tuple[bool, float, tuple[int, ...]]]:
    """Every caption there is as (ended, score, words), best first, in plain Python."""
    log_p = table.logits[photo].double().log_softmax(-1).tolist()
    sayable = [word for word in range(len(log_p)) if word not in (*NEVER, END)]

    def scored(words: tuple[int, ...], *, ended: bool) -> tuple[bool, float, tuple[int, ...]]:
        said = (PAD, START, *words, *[END] * ended)
        total = sum(log_p[said[t]][said[t + 1]][said[t + 2]] for t in range(len(said) - 2))
        return ended, total / max(1, len(said) - 2) ** settings.length_exponent, words

    found = [
        scored(words, ended=True)
        for length in range(settings.min_words, settings.max_words)
        for words in product(sayable, repeat=length)
    ]
    found += [scored(words, ended=False) for words in product(sayable, repeat=settings.max_words)]
    return sorted(found, reverse=True)


@pytest.mark.parametrize("length_exponent", [0.0, 0.7, 1.0, 2.0])
@pytest.mark.parametrize(("min_words", "max_words"), [(0, 4), (1, 4), (2, 3), (4, 4), (1, 1)])
def test_a_beam_as_wide_as_all_captions_finds_the_best_of_them_all(length_exponent, min_words, max_words):
    table = random_table(3, 7, seed=max_words)
    settings = Decoding(beam=121, n_best=5, min_words=min_words, max_words=max_words, length_exponent=length_exponent)
    for photo, hypotheses in enumerate(search(table, settings, **SPECIAL)):
        expected = exhaustive(table, photo, settings)[:5]
        assert [(found.ended, found.words) for found in hypotheses] == [(ended, words) for ended, _, words in expected]
        assert [found.score for found in hypotheses] == pytest.approx([score for _, score, _ in expected], abs=1e-5)


@pytest.mark.parametrize("no_repeat_ngram", [0, 2])
@pytest.mark.parametrize("end", [-3.0, 0.0, 3.0])
def test_a_beam_of_one_is_greedy_search(no_repeat_ngram, end):
    table = random_table(40, 9, end=end)
    beam, greedy = (
        search(table, Decoding(method=method, beam=1, max_words=8, no_repeat_ngram=no_repeat_ngram), **SPECIAL)
        for method in ("beam", "greedy")
    )
    for one, other in zip(beam, greedy, strict=True):
        assert one[0].words == other[0].words
        assert one[0].ended == other[0].ended
        assert one[0].log_probability == pytest.approx(other[0].log_probability, abs=1e-5)
        assert one[0].score == pytest.approx(other[0].score, abs=1e-5)
    assert len({len(one[0].words) for one in beam}) > 2


def test_a_wider_beam_helps():
    table = random_table(30, 9, seed=3, end=2.5)
    score = []
    for beam in (1, 4, 40):
        found = [best for (best,) in search(table, Decoding(beam=beam, max_words=30), **SPECIAL)]
        assert all(best.ended for best in found)
        score.append(sum(best.score for best in found))
    assert score[0] < score[1] < score[2]


def test_n_best_are_sorted_and_different():
    for hypotheses in search(random_table(20, 12, end=1.0), Decoding(beam=6, n_best=6, max_words=10), **SPECIAL):
        assert len({(found.words, found.ended) for found in hypotheses}) == 6
        order = [(found.ended, found.score) for found in hypotheses]
        assert order == sorted(order, reverse=True)


def test_fewer_than_n_best_come_where_no_more_exist():
    (hypotheses,) = search(random_table(1, 5), Decoding(beam=9, n_best=9, min_words=1, max_words=3), **SPECIAL)
    assert sorted(found.words for found in hypotheses) == [(4,), (4, 4), (4, 4, 4)]


def test_a_caption_that_ended_does_not_come_a_second_time_as_cut():
    logits = torch.full((1, 6, 6, 6), -inf)
    logits[0, PAD, START, 4] = 0
    logits[0, START, 4, [END, PAD]] = 0  # nothing but the end may be said here
    (hypotheses,) = search(Table(logits, torch.arange(1)), Decoding(beam=3, n_best=3), **SPECIAL)
    assert [(found.words, found.ended) for found in hypotheses] == [((4,), True)]


def test_a_search_stops_only_when_nothing_better_can_come():
    """A short caption ends first; a longer one, worse in log p at that time, has the better score in the end."""
    logits = torch.full((1, 7, 7, 7), -inf)
    logits[0, PAD, START, 4], logits[0, PAD, START, 5] = torch.tensor([0.6, 0.4]).log()
    logits[0, START, 4, END] = 0
    logits[0, START, 5, 6] = logits[0, 5, 6, 6] = 0
    logits[0, 6, 6, END], logits[0, 6, 6, 6] = torch.tensor([0.99, 0.01]).log()
    table = Table(logits, torch.arange(1))
    ((found,),) = search(table, Decoding(beam=2, length_exponent=0.0), **SPECIAL)
    assert found.words == (4,)
    ((found,),) = search(table, Decoding(beam=2, length_exponent=1.0), **SPECIAL)
    assert found.words == (5, 6, 6)


class Counting(Table):
    """Notes how many rows every step had."""

    rows: ClassVar[list[tuple[int, int]]] = []

    def step(self, words, state):
        self.rows.append((self.photos, len(words)))
        return super().step(words, state)

    def keep(self, photos):
        return Counting(self.logits[photos], self.names[photos])


def test_photos_that_are_done_leave_the_batch_and_ended_beams_the_rows():
    table = random_table(30, 9, end=2.0, seed=1)
    Counting.rows = []
    search(Counting(table.logits, table.names), Decoding(beam=4, max_words=12, length_exponent=0.0), **SPECIAL)
    photos = [photos for photos, _ in Counting.rows]
    assert photos[0] == 30
    assert photos == sorted(photos, reverse=True)
    assert len(Counting.rows) < 12
    assert photos[-1] < 8
    widths = [rows // photos for photos, rows in Counting.rows]
    assert widths[:2] == [1, 4]
    assert widths[-1] < 4
