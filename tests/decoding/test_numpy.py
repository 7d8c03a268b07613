"""The search over arrays of numpy finds what it finds over tensors of torch, whatever the settings."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.decoding.search import search, stream
from captioner.decoding.settings import Decoding
from tests.decoding.table import END, PAD, SPECIAL, START, Table, random_table


class PlainResult(NamedTuple):
    logits: np.ndarray
    state: np.ndarray
    p: np.ndarray
    gates: np.ndarray


class PlainTable:
    """A table in numpy."""

    device = None

    def __init__(self, logits: np.ndarray, names: np.ndarray, rows: list[tuple[int, int]]) -> None:
        self.logits, self.names, self.rows = logits, names, rows

    @classmethod
    def of(cls, table: Table) -> "PlainTable":
        return cls(table.logits.numpy(), table.names.numpy(), [])

    @property
    def photos(self) -> int:
        return len(self.names)

    def begin(self) -> np.ndarray:
        return np.full(self.photos, PAD)

    def step(self, words: np.ndarray, state: np.ndarray) -> PlainResult:
        assert words.shape == state.shape
        self.rows.append((self.photos, len(words) // self.photos))
        photo = np.arange(self.photos).repeat(len(words) // self.photos)
        p = np.stack([self.names[photo], words, state], axis=1)
        return PlainResult(
            self.logits[photo, state, words], words, p.astype(np.float32), p[:, 1:2].astype(np.float32) / 2
        )

    def select(self, state: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return state[rows]

    def keep(self, photos: np.ndarray) -> "PlainTable":
        return PlainTable(self.logits[photos], self.names[photos], self.rows)


def check_same(table: Table, asked: Decoding) -> None:
    wanted = search(table, asked, **SPECIAL, first=7)
    found = search(PlainTable.of(table), asked, **SPECIAL, first=7)
    for one, other in zip(wanted, found, strict=True):
        for a, b in zip(one, other, strict=True):
            assert b.ended == a.ended
            assert b.log_probability == pytest.approx(a.log_probability, abs=1e-4)
            assert b.score == pytest.approx(a.score, abs=1e-4)
            assert steps(b.words) == steps(a.words)  # the same steps in another order are equally likely: a tie
            if a.words == b.words:
                np.testing.assert_array_equal(a.p, b.p)


def steps(words: tuple[int, ...]) -> list[tuple[int, ...]]:
    """What the table looked up to say these words, sorted."""
    said = (PAD, START, *words)
    return sorted(zip(said, said[1:], said[2:], strict=False))


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
    plain = PlainTable.of(table)
    search(plain, Decoding(beam=4, max_words=9), **SPECIAL)
    photos = [photos for photos, _ in plain.rows]
    assert photos[0] == 8 > photos[-1]
    assert plain.rows[0][1] == 1
    assert plain.rows[1][1] == 4


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.5, "top_k": 3}, {"temperature": 0.0}, {"min_words": 30}])
def test_a_stream_says_what_torchs_says(settings):
    asked = Decoding("sample", max_words=30, seed=11, **settings)
    table = random_table(1, 9, spread=1.0)
    found = list(stream(PlainTable.of(table), asked, **SPECIAL))
    assert found == list(stream(table, asked, **SPECIAL))
    assert len(found) == 30 or settings != {"min_words": 30}


def test_without_a_seed_samples_differ():
    asked = Decoding("sample", max_words=9)
    table = random_table(20, 30)
    one, other = (search(PlainTable.of(table), asked, **SPECIAL) for _ in range(2))
    assert [found[0].words for found in one] != [found[0].words for found in other]


def test_logits_that_are_no_numbers_are_refused():
    table = random_table(3, 9)
    table.logits[1, PAD, START] = torch.nan
    with pytest.raises(ValueError, match=r"^the logits for photo 1 of the batch are not numbers \(NaN\); did .*\?$"):
        search(PlainTable.of(table), Decoding(), **SPECIAL)
