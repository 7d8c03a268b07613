"""The search in numpy finds what the search in torch finds, whatever the settings."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.decoding.plain import plain_search, plain_stream
from captioner.decoding.plain_choose import gumbel
from captioner.decoding.search import search, stream
from captioner.decoding.settings import Decoding
from tests.decoding.table import END, PAD, SPECIAL, START, Table, random_table


class PlainTable:
    """A table for `plain_search`."""

    def __init__(self, table: Table) -> None:
        self.logits, self.names = table.logits.numpy(), table.names.numpy()
        self.last = np.full((len(self.names), 1), PAD)
        self.rows: list[tuple[int, int]] = []

    def step(self, words: np.ndarray, parents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert words.shape == parents.shape
        self.rows.append((len(words), words.shape[1]))
        before, self.last = np.take_along_axis(self.last, parents, axis=1), words
        p = np.stack([np.broadcast_to(self.names[:, None], words.shape), words, before], axis=2)
        return self.logits[np.arange(len(words))[:, None], before, words], p.astype(np.float32)

    def keep(self, photos: np.ndarray) -> None:
        self.logits, self.names, self.last = self.logits[photos], self.names[photos], self.last[photos]


def check_same(table: Table, asked: Decoding) -> None:
    wanted = search(table, asked, **SPECIAL, first=7)
    found = plain_search(PlainTable(table), asked, photos=table.photos, **SPECIAL, first=7)
    for one, other in zip(wanted, found, strict=True):
        assert [each.words for each in one] == [each.words for each in other]
        assert [each.ended for each in one] == [each.ended for each in other]
        for a, b in zip(one, other, strict=True):
            assert b.log_probability == pytest.approx(a.log_probability, abs=1e-4)
            assert b.score == pytest.approx(a.score, abs=1e-4)
            np.testing.assert_array_equal(a.p.numpy(), b.p)


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["beam", "greedy", "sample"]),
    beam=st.integers(1, 6),
    n_best=st.integers(1, 6),
    words=st.tuples(st.integers(0, 4), st.integers(0, 5)),
    length_exponent=st.sampled_from([0.0, 0.7, 1.0, 2.0]),
    no_repeat_ngram=st.integers(0, 3),
    temperature=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    top_k=st.sampled_from([0, 1, 4]),
    top_p=st.sampled_from([0.3, 0.9, 1.0]),
    seed=st.integers(0, 1000),
    end=st.sampled_from([-3.0, 0.0, 2.0]),
)
def test_all_searches_find_what_torchs_find(
    method, beam, n_best, words, length_exponent, no_repeat_ngram, temperature, top_k, top_p, seed, end
):
    asked = Decoding(
        method,
        beam=beam,
        n_best={"beam": min(beam, n_best), "greedy": 1, "sample": n_best}[method],
        min_words=words[0],
        max_words=max(1, sum(words)),
        length_exponent=length_exponent,
        no_repeat_ngram=no_repeat_ngram,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed,
    )
    check_same(random_table(5, 8, seed=seed, end=end), asked)


@pytest.mark.parametrize("method", ["beam", "greedy"])
def test_captions_that_must_stop_are_the_same(method):
    """With few words and no repetition, nothing may be said any more before the end is allowed."""
    asked = Decoding(method, beam=4, max_words=9, min_words=9, no_repeat_ngram=1)
    check_same(random_table(5, 8, seed=3), asked)


def test_photos_that_are_done_leave():
    table = random_table(8, 9)
    table.logits[..., END] += torch.linspace(-4, 4, 8)[:, None, None]
    plain = PlainTable(table)
    plain_search(plain, Decoding(beam=4, max_words=9), photos=8, **SPECIAL)
    photos = [photos for photos, _ in plain.rows]
    assert photos[0] == 8 > photos[-1]
    assert plain.rows[0][1] == 1
    assert plain.rows[1][1] == 4


def test_chance_is_torchs_own():
    for seed in (0, 5, 2**62 + 12345):
        wanted = torch.empty(3, 400).uniform_(generator=torch.Generator().manual_seed(seed))
        wanted = wanted.clamp_(min=torch.finfo(torch.float32).tiny).log_().neg_().log_().neg_()
        found = gumbel(np.random.RandomState(seed & 0xFFFFFFFF), (3, 400))
        np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.5, "top_k": 3}, {"temperature": 0.0}, {"min_words": 30}])
def test_a_stream_says_what_torchs_says(settings):
    asked = Decoding("sample", max_words=30, seed=11, **settings)
    table = random_table(1, 9, spread=1.0)
    found = list(plain_stream(PlainTable(table), asked, **SPECIAL))
    assert found == list(stream(table, asked, **SPECIAL))
    assert len(found) == 30 or settings != {"min_words": 30}


def test_without_a_seed_samples_differ():
    asked = Decoding("sample", max_words=9)
    table = random_table(20, 30)
    one, other = (plain_search(PlainTable(table), asked, photos=20, **SPECIAL) for _ in range(2))
    assert [found[0].words for found in one] != [found[0].words for found in other]


def test_logits_that_are_no_numbers_are_refused():
    table = random_table(3, 9)
    table.logits[1, PAD, START] = torch.nan
    with pytest.raises(ValueError, match=r"^the logits of the batch are not numbers \(NaN\); did .*\?$"):
        plain_search(PlainTable(table), Decoding(), photos=3, **SPECIAL)
