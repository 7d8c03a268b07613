from math import inf

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.decoding.arrays import NUMPY, arrays_on
from captioner.decoding.choose import Rules, best, chances, choose, gumbel, log_probabilities
from captioner.decoding.settings import Decoding
from tests.decoding.table import END, NEVER, START

TORCH = arrays_on(torch.device("cpu"))


def rules(**given) -> Rules:
    return Rules(TORCH, Decoding(**given), START, END, torch.tensor(NEVER))


def none_said(rows: int = 1) -> torch.Tensor:
    return torch.empty(rows, 0, dtype=torch.long)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 400), st.data())
def test_best_is_topk(rows, width, data):
    count = data.draw(st.integers(1, width))
    values = torch.randn(rows, width, generator=torch.Generator().manual_seed(data.draw(st.integers(0, 99))))
    values[values < data.draw(st.sampled_from([-inf, 0.0, 1.0]))] = -inf
    top, index = best(TORCH, values, count)
    assert torch.equal(top, values.topk(count).values)
    assert torch.equal(top, values.gather(1, index))
    assert all(len(set(row)) == count for row in index.tolist())
    same, places = best(NUMPY, values.numpy(), count)
    assert np.array_equal(same, top.numpy())
    assert np.array_equal(same, np.take_along_axis(values.numpy(), places, axis=1))


def test_probabilities_are_the_networks_own_but_for_what_may_not_be_said():
    logits = torch.randn(2, 8)
    given = logits.clone()
    choices = log_probabilities(logits, rules(min_words=1), said=1, history=none_said(2))
    assert (choices[:, NEVER] == -inf).all()
    torch.testing.assert_close(choices[:, 4:], logits.log_softmax(1)[:, 4:])
    assert torch.equal(logits, given), "the network's logits were written into"


def test_the_end_is_allowed_from_min_words_on():
    for said, allowed in ((0, False), (1, False), (2, True)):
        choices = log_probabilities(torch.zeros(1, 6), rules(min_words=2), said=said, history=none_said())
        assert (choices[0, END] > -inf) == allowed


@pytest.mark.parametrize(
    ("ngram", "said", "banned"),
    [
        (1, [4, 5, 4], {4, 5}),
        (2, [4, 5, 6, 4], {5}),
        (2, [4, 5, 4, 6, 4], {5, 6}),
        (2, [4, 4], {4}),
        (2, [4], set()),
        (3, [4, 5, 6, 4, 5], {6}),
        (3, [4, 5], set()),
    ],
)
def test_words_that_would_repeat_an_ngram_are_banned(ngram, said, banned):
    other = [7] * len(said)  # a row of its own, to see that rows stay apart
    history = torch.tensor([said, other])
    choices = log_probabilities(torch.zeros(2, 8), rules(no_repeat_ngram=ngram), said=len(said), history=history)
    assert set((choices[0] == -inf).nonzero().flatten().tolist()) == banned | set(NEVER)
    assert not {4, 5, 6} & set((choices[1] == -inf).nonzero().flatten().tolist())


def counts(logits: torch.Tensor, draws: int = 20_000, **given) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    noise = -(-torch.rand(draws, len(logits), generator=generator).log()).log()
    words = choose(TORCH, logits.log_softmax(0).expand(draws, -1), Decoding(method="sample", **given), noise)
    return words.bincount(minlength=len(logits))


@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_samples_come_at_their_probabilities(temperature):
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0, 0.5, -inf])
    seen, expected = counts(logits, temperature=temperature), 20_000 * (logits / temperature).softmax(0)
    assert seen[5] == 0
    chi_square = ((seen - expected)[:5] ** 2 / expected[:5]).sum()
    assert chi_square < 18.5  # 4 degrees of freedom, p = 0.001


@pytest.mark.parametrize(
    ("given", "support"),
    [
        ({"top_k": 1}, {3}),
        ({"top_k": 2}, {0, 3}),
        ({"top_k": 99}, {0, 1, 2, 3}),
        ({"top_p": 0.3}, {3}),
        ({"top_p": 0.41}, {0, 3}),
        ({"top_p": 0.75}, {0, 1, 3}),
        ({"top_p": 0.95}, {0, 1, 2, 3}),
        ({"top_k": 3, "top_p": 0.7}, {0, 3}),  # 0.4 and 0.3 of the 0.9 that the best three have
    ],
)
def test_top_k_and_top_p_take_the_most_probable_words(given, support):
    seen = counts(torch.tensor([0.3, 0.2, 0.1, 0.4]).log(), **given)
    assert set(seen.nonzero().flatten().tolist()) == support


def test_what_remains_keeps_its_proportions():
    seen = counts(torch.tensor([0.3, 0.2, 0.1, 0.4]).log(), top_k=2)
    assert abs(seen[0] / 20_000 - 3 / 7) < 0.012  # 3.4 standard deviations


@pytest.mark.parametrize("temperature", [0.0, 1e-6, 1e-300])
def test_a_temperature_near_nothing_takes_the_best_word(temperature):
    seen = counts(torch.tensor([-50.0, -40.0, -49.9, -inf]), temperature=temperature)
    assert seen.tolist() == [0, 20_000, 0, 0]


def test_chance_is_the_one_of_torchs_generators():
    """Samples with a seed stay what they were when torch's own generators drew them."""
    for seed in (0, 5, 2**62 + 12345):
        wanted = torch.empty(3, 400).uniform_(generator=torch.Generator().manual_seed(seed))
        wanted = wanted.clamp_(min=torch.finfo(torch.float32).tiny).log_().neg_().log_().neg_()
        found = gumbel(np.random.RandomState(seed & 0xFFFFFFFF), (3, 400))
        np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-4, atol=1e-6)
    one, other = chances(3, [7, 8])
    assert not np.array_equal(gumbel(one, (9,)), gumbel(other, (9,)))
