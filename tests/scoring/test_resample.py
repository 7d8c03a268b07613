"""Intervals and paired differences against doing the same by hand, photo by photo."""

import random

import numpy as np
import pytest

from captioner.scoring.captions.scores import score_captions
from captioner.scoring.resample import differences, draws, intervals
from captioner.scoring.tally import means


def made_up(seed, photos=40):
    generator = random.Random(seed)
    words = ["a", "dog", "cat", "runs", "sits", "on", "the", "green", "grass"]
    said = {key: " ".join(generator.choices(words, k=6)) for key in range(photos)}
    wanted = {key: [" ".join(random.Random(key).choices(words, k=7))] for key in range(photos)}
    return said, wanted


def test_bleu_of_a_drawn_set_is_bleu_of_the_drawn_captions():
    said, wanted = made_up(1)
    scores = score_captions(said, wanted)
    drawn = []
    for times in draws(len(said), 25, seed=3):
        chosen = np.repeat(np.arange(len(said)), times.astype(int))
        values = score_captions(
            {place: said[key] for place, key in enumerate(chosen)},
            {place: wanted[key] for place, key in enumerate(chosen)},
        ).values
        drawn.append([values["bleu4"], values["rouge_l"]])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found = intervals(scores.tallies, resamples=25, seed=3)
    assert found["bleu4"] == pytest.approx((scores.values["bleu4"], low[0], high[0]))
    assert found["rouge_l"] == pytest.approx((scores.values["rouge_l"], low[1], high[1]))


def test_the_interval_of_a_mean_is_near_the_textbook_one():
    values = np.random.default_rng(0).normal(5, 2, size=400)
    found = intervals([means(("x",), [values])], resamples=4000)["x"]
    assert found.value == pytest.approx(values.mean())
    margin = 1.96 * values.std() / np.sqrt(len(values))
    assert found.low == pytest.approx(values.mean() - margin, abs=0.03)
    assert found.high == pytest.approx(values.mean() + margin, abs=0.03)


def test_a_set_minus_itself_is_nothing_for_certain():
    scores = score_captions(*made_up(1))
    assert all(interval == (0, 0, 0) for interval in differences(scores.tallies, scores.tallies).values())


def test_a_paired_difference_is_surer_than_two_intervals():
    said, wanted = made_up(2)
    better = {key: wanted[key][0] if key % 4 == 0 else caption for key, caption in said.items()}
    first, second = score_captions(better, wanted), score_captions(said, wanted)
    found = differences(first.tallies, second.tallies)["rouge_l"]
    assert found.value == pytest.approx(first.values["rouge_l"] - second.values["rouge_l"])
    assert 0 < found.low < found.value < found.high
    alone = [intervals(scores.tallies)["rouge_l"] for scores in (first, second)]
    assert found.high - found.low < sum(one.high - one.low for one in alone)


def test_equal_seeds_draw_equal_sets_and_others_do_not():
    tallies = score_captions(*made_up(1)).tallies
    assert intervals(tallies, seed=1) == intervals(tallies, seed=1)
    assert intervals(tallies, seed=1) != intervals(tallies, seed=2)


def test_one_photo_has_intervals_of_no_width():
    found = intervals(score_captions({1: "a dog runs far"}, {1: ["a dog runs"]}).tallies)
    assert all(
        interval.low == pytest.approx(interval.value) == pytest.approx(interval.high) for interval in found.values()
    )
