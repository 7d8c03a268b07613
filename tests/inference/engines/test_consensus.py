"""Consensus against brute force over all pairs, and where it can be asked for."""

import math
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.inference import load
from captioner.inference.engines import consensus
from captioner.models.bundle import load_bundle
from captioner.training.tasks.caption_part import CaptionPart
from tests import two_heads
from tests.paths import FIXTURES

CAPTION = st.lists(st.integers(4, 8), max_size=6).map(tuple)
PHOTOS = st.lists(st.lists(CAPTION, min_size=2, max_size=5), min_size=1, max_size=3)


def likeness(said, reference):
    """CIDEr-D of one pair, n-gram by n-gram; an n-gram's rarity is the sum of the logarithms of its words' places."""
    total = 0.0
    for order in range(1, 5):
        vectors = []
        for caption in (said, reference):
            ngrams = Counter(caption[start : start + order] for start in range(len(caption) - order + 1))
            vectors.append({n: count * sum(math.log(word - 3) for word in n) for n, count in ngrams.items()})
        one, other = vectors
        norms = [math.sqrt(sum(value**2 for value in vector.values())) for vector in vectors]
        shared = sum(min(value, other.get(ngram, 0)) * other.get(ngram, 0) for ngram, value in one.items())
        total += shared / (norms[0] * norms[1] or 1)
    lengths = [max(0, len(caption) - 1) for caption in (said, reference)]
    return 10 * total / 4 * math.exp(-((lengths[0] - lengths[1]) ** 2) / 72)


@settings(max_examples=60)
@given(PHOTOS)
def test_agreement_equals_brute_force_over_all_pairs(photos):
    found = consensus.agreement(photos, photos)
    expected = [
        np.mean([likeness(caption, other) for place, other in enumerate(row) if place != own])
        for row in photos
        for own, caption in enumerate(row)
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def hypothesis(*words, ended=True):
    return Hypothesis(
        words, -1.0, -1.0, np.zeros((len(words), 0), np.float32), ended, np.zeros((len(words), 0), np.float32)
    )


def test_the_caption_that_agrees_most_is_given_whether_beam_or_sample():
    said = {
        "beam": [[hypothesis(5, 6), hypothesis(7, 8, 9)], [hypothesis(5, 6), hypothesis(7, 8)]],
        "sample": [[hypothesis(7, 8, 10), hypothesis(7, 8), hypothesis(7, 8, 10)], [hypothesis(5, 6)] * 3],
    }
    asked = []

    def found(decoding):
        asked.append(decoding)
        return said[decoding.method]

    decoding = Decoding(beam=2, n_best=2, consensus=3, temperature=0.6, seed=1)
    first, second = consensus.find(found, decoding)
    assert [one.words for one in first] == [(7, 8, 10), (7, 8)]  # samples that no beam found
    assert [one.words for one in second] == [(5, 6), (7, 8)]
    everything = [one.words for one in (*said["beam"][0], *said["sample"][0])]
    for one in first:
        others = list(everything)
        others.remove(one.words)
        assert one.score == pytest.approx(np.mean([likeness(one.words, other) for other in others]))
    assert asked[0] == Decoding(beam=2, n_best=2, temperature=0.6, seed=1)
    assert asked[1] == replace(asked[0], method="sample", n_best=3)


def test_captions_that_were_cut_come_last_and_empty_ones_agree_with_nobody():
    def found(decoding):
        cut = [hypothesis(5, 6, ended=False)]
        return [cut if decoding.method == "greedy" else [hypothesis(5, 6, 7), hypothesis()]]

    (row,) = consensus.find(found, Decoding(method="greedy", consensus=2))
    assert [one.words for one in row] == [(5, 6, 7)]
    assert consensus.find(lambda _: [[hypothesis()]], Decoding(beam=1, consensus=1))[0][0].score == 0


def test_without_it_the_search_is_asked_as_it_is():
    asked, said = [], [[hypothesis(5)]]

    def found(decoding):
        asked.append(decoding)
        return said

    assert consensus.find(found, Decoding(beam=5)) is said
    assert asked == [Decoding(beam=5)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


def test_a_model_says_it_of_each_photo_alone_and_so_does_the_trainer(bundle):
    model = load(bundle)
    photos = sorted((FIXTURES / "images").iterdir())[:3]
    decoding = Decoding(beam=3, n_best=3, consensus=10, seed=4, max_words=6)
    found = model.caption(photos, decoding)
    one_by_one: list[Any] = list(model.caption_each(photos, decoding, batch=1))
    assert [[c.text for c in row.captions] for row in found] == [[c.text for c in row.captions] for row in one_by_one]
    scores = [caption.score for caption in found[0].captions]
    assert scores == sorted(scores, reverse=True)
    part = CaptionPart(load_bundle(bundle).network, 0, 0, 0, {"val": Decoding(method="greedy", consensus=5)})
    assert part.score_names("val")[0] == "val/bleu1_greedy_consensus5"


def test_what_cannot_be_asked_is_one_sentence():
    with pytest.raises(ValueError, match=r"^consensus is 5, which draws its own samples; use method beam or greedy$"):
        Decoding(method="sample", consensus=5)
    with pytest.raises(ValueError, match="consensus is -1, but must be a whole number from 0 to 10,000"):
        Decoding(consensus=-1)
    with pytest.raises(ValueError, match="a search alone finds no consensus"):
        search(SimpleNamespace(photos=1), Decoding(consensus=1), start=1, end=2, never=())
