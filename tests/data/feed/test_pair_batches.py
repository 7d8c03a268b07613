"""Batches of pairs: each pair once an epoch, of about equal lengths, in an order by seed and epoch."""

import random
from pathlib import Path

import pytest
import torch

from captioner.data.feed.pairs import PairBatches, numbered, photos_of
from captioner.data.read.pairs import Pair
from captioner.text.vocabulary import Vocabulary

PAIRS = [Pair("a " * (1 + number % 9), "b " * (1 + number % 9)) for number in range(50)]


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary.build(["a b c"], "words", min_count=1)


def batches(vocabulary, epoch=0, **settings):
    return PairBatches(PAIRS, vocabulary, 8, longest=20, epoch=lambda: epoch, **settings)


def places(given):
    return [place for batch in given for place in batch["index"].tolist()]


def test_each_pair_comes_once_and_what_it_holds_is_its_own(vocabulary):
    given = batches(vocabulary)
    assert sorted(places(given)) == list(range(50))
    assert len(given) == len(list(given)) == 7
    for batch in given:
        assert batch["words"].shape[:2] == batch["lengths"].shape == (len(batch["index"]), 1)
        for row, place in enumerate(batch["index"].tolist()):
            source, target = numbered(PAIRS[place], vocabulary, 20)
            assert batch["source"][row].tolist() == source + [0] * (batch["source"].shape[1] - len(source))
            assert batch["words"][row, 0, : batch["lengths"][row, 0]].tolist() == target
    assert (source[-1], target[0], target[-1]) == (vocabulary.end, vocabulary.start, vocabulary.end)


def test_the_order_depends_on_seed_and_epoch_alone(vocabulary):
    first = places(batches(vocabulary))
    random.seed(5)
    assert places(batches(vocabulary)) == first
    assert places(batches(vocabulary, epoch=1)) != first
    assert places(batches(vocabulary, seed=1)) != first


def test_little_of_a_batch_is_padding(vocabulary):
    read = sum(int((batch["source"] != vocabulary.pad).sum()) for batch in batches(vocabulary))
    padded = sum(batch["source"].numel() for batch in batches(vocabulary))
    assert read > 0.9 * padded


def test_ranks_share_the_batches_and_have_equally_many(vocabulary):
    shares = [list(batches(vocabulary, ranks=(2, rank))) for rank in range(2)]
    assert len(shares[0]) == len(shares[1]) == len(batches(vocabulary, ranks=(2, 0))) == 4
    assert set(places(shares[0])) | set(places(shares[1])) == set(range(50))


def test_long_sentences_are_cut(vocabulary):
    source, target = numbered(Pair("a " * 9, "b " * 9), vocabulary, 4)
    assert (len(source), len(target)) == (4, 6)


def test_each_pair_has_what_is_seen_of_its_own_photo_and_a_photo_comes_once_a_batch(vocabulary):
    names = [None, Path("x"), Path("y"), Path("x"), None]
    pairs = [Pair("a " * (1 + number), "b", name) for number, name in enumerate(names)]
    assert photos_of(pairs) == [Path("x"), Path("y")]
    seen = torch.tensor([[1.0], [2.0]])
    given = list(PairBatches(pairs, vocabulary, 3, longest=20, epoch=None, seen=seen))
    assert [batch["photos"].tolist() for batch in given] == [[-1, 0, 1], [0, -1]]
    assert [batch["features"].tolist() for batch in given] == [[[1.0], [2.0]], [[1.0]]]


def test_a_batch_without_a_photo_shows_the_first_to_nobody(vocabulary):
    pairs = [Pair("a", "b"), Pair("a b", "b", Path("x"))]
    for batch, photos in zip(
        PairBatches(pairs, vocabulary, 1, longest=20, epoch=None, seen=torch.ones(1, 1)), ([-1], [0]), strict=True
    ):
        assert batch["photos"].tolist() == photos
        assert batch["features"].tolist() == [[1.0]]
    bare = PairBatches([Pair("a", "b")], vocabulary, 1, longest=20, epoch=None, seen=torch.ones(0, 1))
    assert all("features" not in batch for batch in bare)
    assert all("photos" not in batch for batch in PairBatches(pairs, vocabulary, 1, longest=20, epoch=None))
