from math import inf

import numpy as np
import pytest
import torch

from captioner.decoding.search import search, stream
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from tests.decoding.table import END, NEVER, PAD, SPECIAL, START, UNKNOWN, Table, attention_tells, random_table

METHODS = [
    Decoding(beam=4, n_best=3, max_words=9, no_repeat_ngram=2),
    Decoding(method="greedy", max_words=9),
    Decoding(method="sample", n_best=3, max_words=9, seed=5),
]
each_method = pytest.mark.parametrize("settings", METHODS, ids=lambda settings: settings.method)


def same(one: list[Hypothesis], other: list[Hypothesis]) -> bool:
    return len(one) == len(other) and all(
        a.words == b.words
        and a.ended == b.ended
        and np.array_equal(a.p, b.p)
        and (a.log_probability, a.score) == pytest.approx((b.log_probability, b.score), abs=1e-5)
        for a, b in zip(one, other, strict=True)
    )


def ngrams(words: tuple[int, ...], n: int) -> list[tuple[int, ...]]:
    return [words[t : t + n] for t in range(len(words) - n + 1)]


@each_method
def test_a_photo_alone_gives_what_it_gives_in_a_batch(settings):
    # the end comes early for some photos and late for others, so they leave the batch at different times
    table = random_table(24, 9)
    table.logits[..., END] += torch.linspace(-4, 4, 24)[:, None, None]
    together = search(table, settings, **SPECIAL)
    assert len({len(found[0].words) for found in together}) > 3
    for photo, found in enumerate(together):
        alone = search(table.keep(torch.tensor([photo])), settings, **SPECIAL, first=photo)
        assert same(alone[0], found)
    halves = search(table.keep(torch.arange(11)), settings, **SPECIAL)
    halves += search(table.keep(torch.arange(11, 24)), settings, **SPECIAL, first=11)
    assert all(map(same, halves, together))


@each_method
def test_each_word_comes_with_the_attention_it_was_chosen_with(settings):
    table = random_table(24, 9, seed=2)
    table.logits[..., END] += torch.linspace(-4, 4, 24)[:, None, None]
    for photo, hypotheses in enumerate(search(table, settings, **SPECIAL)):
        for found in hypotheses:
            assert found.p.shape == (len(found.words), 3)
            assert attention_tells(found.p, found.words, photo)


@each_method
def test_log_probability_and_score_are_those_of_the_words(settings):
    table = random_table(6, 9, seed=4)
    for photo, hypotheses in enumerate(search(table, settings, **SPECIAL)):
        log_p = table.logits[photo].double().log_softmax(-1)
        for found in hypotheses:
            said = (PAD, START, *found.words, *[END] * found.ended)
            total = float(sum(log_p[said[t], said[t + 1], said[t + 2]] for t in range(len(said) - 2)))
            assert found.log_probability == pytest.approx(total, abs=1e-5)
            assert found.score == pytest.approx(total / (len(said) - 2) ** 0.7, abs=1e-5)


@each_method
def test_words_never_said_are_never_said_even_with_all_the_mass(settings):
    table = random_table(8, 9)
    table.logits[..., UNKNOWN] = 1000.0
    table.logits[..., [PAD, START]] = 50.0
    for hypotheses in search(table, settings, **SPECIAL):
        for found in hypotheses:
            assert found.words
            assert not {*NEVER, END} & set(found.words)


@each_method
def test_a_search_in_which_nothing_ends_gives_its_best_captions(settings):
    table = random_table(5, 9, end=-inf)
    for photo, hypotheses in enumerate(search(table, settings, **SPECIAL)):
        assert len(hypotheses) == settings.n_best
        for found in hypotheses:
            assert (len(found.words), found.ended) == (9, False)
            assert found.score > -inf
            assert attention_tells(found.p, found.words, photo)


@each_method
def test_where_nothing_may_be_said_the_caption_is_cut(settings):
    table = random_table(2, 6)  # words 4 and 5 only, each once; no end before the third word
    table.logits[1, ..., END] = 20.0
    stuck = Decoding(method=settings.method, n_best=1, min_words=3, no_repeat_ngram=1, seed=1)
    for (found,) in search(table, stuck, **SPECIAL):
        assert sorted(found.words) == [4, 5]
        assert not found.ended
        assert -inf < found.score < 0


@each_method
def test_where_nothing_at_all_may_be_said_the_caption_is_empty(settings):
    table = Table(torch.full((2, 6, 6, 6), -1e9), torch.arange(2))
    table.logits[..., PAD] = 0.0
    table.logits[..., 4:] = -inf
    for hypotheses in search(table, settings, **SPECIAL):
        assert [found[:3] for found in hypotheses[:1]] == [((), 0.0, 0.0)]
        assert hypotheses[0].p.shape == (0, 3)


@pytest.mark.parametrize("method", ["beam", "greedy", "sample"])
@pytest.mark.parametrize(("min_words", "max_words"), [(0, 3), (2, 5), (4, 4)])
def test_lengths_stay_within_their_limits(method, min_words, max_words):
    settings = Decoding(method=method, min_words=min_words, max_words=max_words, seed=0)
    lengths = {len(found.words) for (found,) in search(random_table(60, 7, end=2.0), settings, **SPECIAL)}
    assert min(lengths) == min_words
    assert max(lengths) <= max_words
    eager = search(random_table(9, 7, end=50.0), settings, **SPECIAL)
    assert {len(found.words) for (found,) in eager} == {min_words}
    assert all(found.ended == (min_words < max_words) for (found,) in eager)


@pytest.mark.parametrize("method", ["beam", "greedy", "sample"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_ngrams_do_not_repeat(method, n):
    table = random_table(20, 9, end=-3.0)

    def repeats(no_repeat_ngram: int) -> int:
        settings = Decoding(method=method, max_words=12, no_repeat_ngram=no_repeat_ngram, seed=0)
        found = [ngrams(one[0].words, n) for one in search(table, settings, **SPECIAL)]
        return sum(len(grams) - len(set(grams)) for grams in found)

    assert repeats(0) > 0
    assert repeats(n) == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@each_method
def test_other_floating_types_work(settings, dtype):
    table = random_table(4, 9)
    rounded = Table(table.logits.to(dtype), table.names)
    expected = search(Table(rounded.logits.float(), table.names), settings, **SPECIAL)
    assert all(map(same, search(rounded, settings, **SPECIAL), expected))


@each_method
def test_a_network_without_attention_gives_rows_without_places(settings):
    class Blind(Table):
        def step(self, words, state):
            result = super().step(words, state)
            return result._replace(p=result.p[:, :0])

    table = random_table(3, 9, end=-9.0)
    for hypotheses in search(Blind(table.logits, table.names), settings, **SPECIAL):
        assert hypotheses[0].words
        assert hypotheses[0].p.shape == (len(hypotheses[0].words), 0)


@each_method
def test_no_photos_give_no_captions(settings):
    assert search(random_table(0, 9), settings, **SPECIAL) == []


@each_method
def test_logits_that_are_no_numbers_are_refused(settings):
    table = random_table(3, 9)
    table.logits[1, START] = torch.nan
    with pytest.raises(ValueError, match=r"^the logits for photo 1 of the batch are not numbers \(NaN\); did .*\?$"):
        search(table, settings, **SPECIAL)


def test_an_end_that_is_never_said_is_refused():
    with pytest.raises(ValueError, match=r"^the end \(word 2\) is among the words never said; take it out, or .*$"):
        search(random_table(1, 9), Decoding(), start=START, end=END, never=(PAD, END))


def test_the_search_keeps_no_gradients():
    kept = []

    class Watched(Table):
        def step(self, words, state):
            result = super().step(words, state)
            kept.append(result.logits.requires_grad)
            return result

    table = random_table(1, 9)
    table.logits.requires_grad_()
    watched = Watched(table.logits, table.names)
    search(watched, METHODS[0], **SPECIAL)
    for _ in stream(watched, METHODS[1], **SPECIAL):
        assert torch.is_grad_enabled(), "gradients are off for who reads the words"
    assert kept
    assert not any(kept)


def test_a_stream_says_the_words_of_the_search():
    for seed in range(5):
        for settings in (Decoding(method="sample", seed=seed, top_k=4), Decoding(method="greedy", max_words=3)):
            table = random_table(1, 9, seed=seed)
            ((found,),) = search(table, settings, **SPECIAL, first=7)
            assert tuple(stream(table, settings, **SPECIAL, first=7)) == found.words


def test_a_stream_says_each_word_before_the_next_step():
    table = random_table(1, 9, end=-inf)
    words = stream(table, Decoding(method="greedy", max_words=10**9), **SPECIAL)
    assert [next(words) for _ in range(3)] == list(
        search(table, Decoding(method="greedy", max_words=3), **SPECIAL)[0][0].words
    )


def test_a_beam_search_cannot_be_streamed():
    with pytest.raises(ValueError, match=r"^beam search knows no word before the last; stream with method .*$"):
        next(stream(random_table(1, 9), Decoding(), **SPECIAL))


@pytest.mark.parametrize(("photos", "n_best"), [(2, 1), (1, 2)])
def test_several_captions_cannot_be_streamed(photos, n_best):
    message = f"^only one caption can be streamed, not {photos} photos with n_best {n_best}$"
    with pytest.raises(ValueError, match=message):
        next(stream(random_table(photos, 9), Decoding(method="sample", n_best=n_best), **SPECIAL))
