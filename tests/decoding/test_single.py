from collections import Counter

import torch

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from tests.decoding.table import END, PAD, SPECIAL, START, Table, random_table


def words(table: Table, settings: Decoding, *, first: int = 0) -> list[list[tuple[int, ...]]]:
    return [[found.words for found in one] for one in search(table, settings, **SPECIAL, first=first)]


def test_a_seed_repeats_its_samples_and_another_does_not():
    table = random_table(10, 12, spread=0.5)
    one, again, other = (words(table, Decoding(method="sample", seed=seed)) for seed in (3, 3, 4))
    assert one == again
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 3


def test_without_a_seed_torchs_own_one_decides():
    table = random_table(10, 12, spread=0.5)
    settings = Decoding(method="sample")
    torch.manual_seed(1)
    one, other = words(table, settings), words(table, settings)
    torch.manual_seed(1)
    assert words(table, settings) == one != other


def test_equal_photos_draw_different_samples():
    one = random_table(1, 30, spread=0.1)
    table = Table(one.logits.expand(8, -1, -1, -1), torch.arange(8))
    samples = words(table, Decoding(method="sample", n_best=2, seed=0))
    assert len({caption for captions in samples for caption in captions}) == 16


def test_captions_are_sampled_at_their_probabilities():
    """Two words at most, of two sayable words: six captions, drawn 8,000 times."""
    one = random_table(1, 6, spread=1.0)
    one.logits[..., [PAD, START, 3]] = -torch.inf
    settings = Decoding(method="sample", n_best=2000, max_words=2, seed=0)
    found = Counter(
        caption for one in words(Table(one.logits.expand(4, -1, -1, -1), torch.arange(4)), settings) for caption in one
    )
    p = one.logits[0].softmax(-1)
    first = p[PAD, START].clone()
    first[END] = 0  # min_words is 1
    first = first / first.sum()
    expected: dict[tuple[int, ...], float] = {(a,): float(first[a] * p[START, a, END]) for a in (4, 5)}
    expected |= {(a, b): float(first[a] * p[START, a, b]) for a in (4, 5) for b in (4, 5)}
    chi_square = sum((found[caption] - 8000 * q) ** 2 / (8000 * q) for caption, q in expected.items())
    assert set(found) == set(expected)
    assert chi_square < 20.5  # 5 degrees of freedom, p = 0.001


def test_temperature_near_nothing_is_greedy_search():
    table = random_table(20, 12)
    greedy = words(table, Decoding(method="greedy"))
    for temperature in (0.0, 1e-5):
        assert words(table, Decoding(method="sample", temperature=temperature, seed=0)) == greedy
    assert words(table, Decoding(method="sample", top_k=1, seed=0)) == greedy


def test_samples_are_sorted_with_those_that_ended_first():
    for hypotheses in search(random_table(8, 9), Decoding(method="sample", n_best=9, max_words=5, seed=0), **SPECIAL):
        order = [(found.ended, found.score) for found in hypotheses]
        assert order == sorted(order, reverse=True)
