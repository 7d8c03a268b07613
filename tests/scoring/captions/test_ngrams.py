"""Counting n-grams by sorting, against counting them one by one."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captioner.scoring.captions.ngrams import CorpusBuilder, count_ngrams

CAPTION = st.lists(st.sampled_from("abc"), max_size=7)
PHOTOS = st.lists(st.tuples(CAPTION, st.lists(CAPTION, min_size=1, max_size=3)), min_size=1, max_size=4)


@given(PHOTOS)
def test_counts_are_those_of_counting_one_by_one(photos):
    builder = CorpusBuilder()
    for said, wanted in photos:
        builder.add(said, wanted)
    for order, counts in enumerate(count_ngrams(builder.build()), 1):
        expected: Counter[tuple[int, tuple[str, ...], int]] = Counter()
        for photo, (said, wanted) in enumerate(photos):
            for place, caption in enumerate([said, *wanted]):
                for start in range(len(caption) - order + 1):
                    expected[photo, tuple(caption[start : start + order]), place] += 1
        found = list(zip(counts.photo.tolist(), counts.ngram.tolist(), counts.place.tolist(), strict=True))
        assert found == sorted(found)
        # which number an n-gram has is free, so compare how often things occur where
        assert Counter(
            (photo, place, times) for (photo, _, place), times in zip(found, counts.times.tolist(), strict=True)
        ) == Counter((photo, place, times) for (photo, _, place), times in expected.items())
        assert len(set(counts.ngram.tolist())) == len({ngram for _, ngram, _ in expected})
        keys = [(photo, ngram) for photo, ngram, _ in found]
        assert counts.group.tolist() == [place for place, key in enumerate(keys) if keys.index(key) == place]


def test_a_token_with_a_space_has_two_words():
    builder = CorpusBuilder()
    builder.add(["1\u00a01/2", "tons"], [["1", "1/2"]])
    corpus = builder.build()
    assert corpus.lengths.tolist() == [3, 2]
    assert np.array_equal(corpus.words[:2], corpus.words[3:])
