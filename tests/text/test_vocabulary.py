import dataclasses
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.text.vocabulary import SPECIAL, Vocabulary

TEXTS = ["a dog runs", "a dog sits", "a cat sits", "the cat"]


@pytest.fixture
def vocabulary():
    return Vocabulary.build(TEXTS, min_count=2)


def test_order_is_by_count_then_alphabet(vocabulary):
    assert vocabulary.tokens == (*SPECIAL, "a", "cat", "dog", "sits")


def test_order_does_not_depend_on_the_order_of_the_texts(vocabulary):
    shuffled = random.Random(0).sample(TEXTS, len(TEXTS))
    assert Vocabulary.build(iter(shuffled), min_count=2) == vocabulary


def test_special_ids_differ(vocabulary):
    special = [vocabulary.pad, vocabulary.start, vocabulary.end, vocabulary.unknown]
    assert special == [0, 1, 2, 3]
    assert [vocabulary.tokens[number] for number in special] == list(SPECIAL)


def test_encode_knows_unknown_words_and_adds_nothing(vocabulary):
    assert vocabulary.encode("A dog, swims!") == [4, 6, 3]
    assert vocabulary.encode("") == []


def test_special_tokens_cannot_be_typed():
    words = Vocabulary.build(["end pad unk start"], min_count=1)
    letters = Vocabulary.build(["<end>"], "characters", 1)
    assert words.end not in words.encode("<end>")
    assert letters.decode(letters.encode("<end>")) == "<end>"


def test_decode_drops_padding_and_start_and_stops_at_end(vocabulary):
    assert vocabulary.decode([1, 4, 6, 3, 2, 5, 0, 0]) == "a dog <unk>"
    assert vocabulary.decode([0, 1]) == ""


@pytest.mark.parametrize("number", [-1, 8])
def test_decode_refuses_strange_ids(vocabulary, number):
    with pytest.raises(ValueError, match=rf"id {number} is outside of the vocabulary, which has the ids 0 to 7"):
        vocabulary.decode([number])


@given(st.lists(st.text(min_size=1), min_size=1).filter(any))
def test_characters_make_the_round_trip(texts):
    vocabulary = Vocabulary.build(texts, "characters", 1)
    for text in texts:
        ids = vocabulary.encode(text)
        assert vocabulary.unknown not in ids
        assert vocabulary.encode(vocabulary.decode(ids)) == ids


@pytest.mark.parametrize("tokenizer", ["words", "characters"])
def test_a_file_makes_the_round_trip_in_korean(tmp_path, tokenizer):
    vocabulary = Vocabulary.build(["강아지가 공원에서 뛴다"], tokenizer, 1)
    vocabulary.save(tmp_path / "vocab.json")
    again = Vocabulary.load(tmp_path / "vocab.json")
    assert again == vocabulary
    assert again.decode(again.encode("강아지가 공원에서 뛴다")) == "강아지가 공원에서 뛴다"
    assert "공" in (tmp_path / "vocab.json").read_text(encoding="utf-8")


def test_is_frozen(vocabulary):
    with pytest.raises(dataclasses.FrozenInstanceError):
        vocabulary.min_count = 3


def test_contains_and_length(vocabulary):
    assert "dog" in vocabulary
    assert "runs" not in vocabulary
    assert len(vocabulary) == 8


def test_coverage_counts_tokens_and_names_the_missing(vocabulary):
    coverage = vocabulary.coverage(["a bird sits", "a bird"])
    assert (coverage.tokens, coverage.known, coverage.missing) == (5, 3, {"bird": 2})
    assert coverage.share == pytest.approx(0.6)
    assert vocabulary.coverage([]).share == 1.0


def test_build_refuses_texts_without_frequent_tokens():
    with pytest.raises(ValueError, match="no token occurs 5 times in these texts; lower min_count"):
        Vocabulary.build(TEXTS)


def test_unknown_settings_are_refused():
    syllables: Any = "syllables"
    with pytest.raises(ValueError, match="tokenizer 'syllables' is unknown; take one of words, characters"):
        Vocabulary.build(TEXTS, syllables)
    with pytest.raises(ValueError, match="min_count must be a whole number from 1 on, not 0"):
        Vocabulary.build(TEXTS, min_count=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": ["a", "b"]}, "begins with <pad> <start> <end> <unk>"),
        ({"tokens": [*SPECIAL, "a", "a"]}, "the token 'a' stands twice"),
        ({"tokens": [*SPECIAL, 7]}, "at least one letter, not 7"),
        ({"tokens": [*SPECIAL, ["a"]]}, r"at least one letter, not \['a'\]"),
        ({"tokens": [*SPECIAL, ""]}, "at least one letter, not ''"),
        ({"tokens": "abc"}, "must hold exactly min_count, tokenizer, tokens"),
        ({"tokenizer": "syllables"}, "tokenizer 'syllables' is unknown"),
        ({"tokenizer": ["words"]}, "is not a vocabulary"),
        ({"min_count": "5"}, "min_count must be a whole number"),
        ({"extra": 1}, "must hold exactly"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(tmp_path, change, message):
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps({"tokenizer": "words", "min_count": 1, "tokens": list(SPECIAL), **change}))
    with pytest.raises(ValueError, match=message) as caught:
        Vocabulary.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        Vocabulary.load(tmp_path / "vocab.json")


def test_a_vocabulary_is_extended_behind_its_own_words():
    first = Vocabulary.build(["a dog runs", "a dog"], min_count=1)
    more = first.extended(["a cat", "a cat", "a bird", "dog"])
    assert more.tokens == (*first.tokens, "cat", "bird")
    assert first.extended(["a cat", "a cat", "a bird"], 2).tokens == (*first.tokens, "cat")
    assert first.extended([]) == first
