"""The reward of training: that of the scorer, with n-grams as rare as they are in the train split."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.scoring.captions.reward import END, Reward
from captioner.scoring.captions.scores import score_captions
from captioner.text.penn.ptb import ptb

CAPTION = st.lists(st.sampled_from("abcd"), max_size=7)
TRAIN = st.lists(st.lists(CAPTION, min_size=1, max_size=3), min_size=1, max_size=4)


def scored(said, references, *, tokenize=str.split):
    """What `score_captions` gives each caption: the whole split is scored, once for each round of captions."""
    wanted = {photo: [" ".join(caption) for caption in captions] for photo, captions in enumerate(references)}
    scores = score_captions({photo: " ".join(caption) for photo, caption in said.items()}, wanted, tokenize=tokenize)
    return scores.per_image


@settings(max_examples=60)
@given(TRAIN, st.data())
def test_the_reward_of_a_batch_is_the_score_of_the_scorer(references, data):
    photos = range(len(references))
    words = st.lists(st.sampled_from("abcdxy"), max_size=7)  # x and y are words that no reference has
    said = {photo: data.draw(words) for photo in photos}
    expected = scored(said, references)
    reward = Reward(references)
    batch = data.draw(st.lists(st.sampled_from(photos), min_size=1, max_size=6))
    found = reward(batch, [said[photo] for photo in batch])
    np.testing.assert_allclose(found, [expected[photo]["cider_d"] for photo in batch], rtol=0, atol=1e-12)
    again = reward(batch, [said[photo] for photo in batch])  # what came before does not matter
    np.testing.assert_array_equal(found, again)


def test_bleu_counts_beside_it():
    references = [[list("abcde"), list("abx")], [list("bcd")]]
    said = {0: list("abcd"), 1: list("bcde")}
    expected = scored(said, references)
    found = Reward(references, bleu=2.0)([1, 0, 0], [said[1], said[0], said[0]])
    values = [expected[photo]["cider_d"] + 2 * expected[photo]["bleu4"] for photo in (1, 0, 0)]
    np.testing.assert_allclose(found, values, rtol=0, atol=1e-12)


def test_the_end_is_a_word_of_captions_that_reach_it():
    references = [[list("abc"), list("ab")], [list("bcd")]]
    expected = scored({0: list("ab"), 1: []}, references, tokenize=lambda text: [*text.split(), END])
    reward = Reward(references, end=True)
    np.testing.assert_allclose(reward([0], [list("ab")]), [expected[0]["cider_d"]], rtol=0, atol=1e-12)
    ended, cut = reward([0, 0], [list("ab"), list("ab")], [True, False])
    assert cut < ended
    plain = Reward(references)
    assert plain([0], [list("ab")], [False]) == plain([0], [list("ab")])


def test_a_caption_that_breaks_off_earns_less_only_where_the_end_counts():
    references = [[ptb("a dog on a beach"), ptb("a dog sits on a beach")], [ptb("a man in a red hat")]]
    whole, broken = ptb("a dog on a beach"), ptb("a dog on a")
    for end in (False, True):
        one, other = Reward(references, end=end)([0, 0], [whole, broken])
        assert one > other
    loss = [np.ptp(Reward(references, end=end)([0, 0], [ptb("a dog"), ptb("a dog on a")])) for end in (False, True)]
    assert loss[0] != loss[1]


def test_faults_cost():
    references = [[ptb("a dog on a beach")], [ptb("a man")]]
    captions = [ptb("a dog on a"), ptb("a dog on a beach"), ptb("in a dog on a")]
    fine = Reward(references)([0, 0, 0], captions)
    np.testing.assert_allclose(fine - Reward(references, faults=0.5)([0, 0, 0], captions), [0.5, 0, 1.0])


def test_a_photo_without_captions_is_refused():
    with pytest.raises(ValueError, match=r"^no captions were given for 1 photo \(1\), and a photo's own tell"):
        Reward([[["a"]], []])


@pytest.mark.real
def test_rewards_of_flickr8k_are_those_of_the_scorer(shared):
    generator = random.Random(0)
    captions: dict[str, list[str]] = {}
    for line in (shared / "data/flickr8k/Flickr8k.token.txt").read_text(encoding="utf-8").splitlines()[:5000]:
        name, caption = line.split("\t")
        captions.setdefault(name.partition("#")[0], []).append(caption)
    wanted = list(captions.values())
    said = [generator.choice(wanted[(photo + photo % 3) % len(wanted)]) for photo in range(len(wanted))]
    expected = score_captions(dict(enumerate(said)), dict(enumerate(wanted))).per_image
    reward = Reward([[ptb(caption) for caption in photo] for photo in wanted])
    batch = [generator.randrange(len(wanted)) for _ in range(160)]
    found = reward(batch, [ptb(said[photo]) for photo in batch])
    np.testing.assert_allclose(found, [expected[photo]["cider_d"] for photo in batch], rtol=0, atol=1e-12)
