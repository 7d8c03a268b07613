import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.text.tokenize import TOKENIZERS, characters, detokenize, trimmed, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A dog runs , fast .", ["a", "dog", "runs", "fast"]),
        ("two dogs,one ball", ["two", "dogs", "one", "ball"]),
        ("The man's T-shirt isn’t red!", ["the", "mans", "tshirt", "isnt", "red"]),
        ("강아지가 공원에서 뛴다.", ["강아지가", "공원에서", "뛴다"]),
        ("कुत्ता दौड़ता है।", ["कुत्ता", "दौड़ता", "है"]),
        ("¿Dónde está el niño?", ["dónde", "está", "el", "niño"]),
        ("「犬」が走る", ["犬", "が走る"]),
        ("$ 5 + <end> … 😀", ["5", "end"]),
        (" \t\n", []),
    ],
)
def test_words_of_many_scripts(text, expected):
    # the marks of one script have several spellings; the tokeniser gives the composed one
    assert words(text) == [unicodedata.normalize("NFC", word) for word in expected]


def test_both_spellings_of_korean_and_accents_are_one_word():
    for text in ("강아지", "déjà"):
        assert words(unicodedata.normalize("NFD", text)) == words(text) == [text]
        assert characters(unicodedata.normalize("NFD", text)) == list(text)


@given(st.text())
def test_words_read_again_are_the_same_words(text):
    once = words(text)
    assert words(detokenize(once, "words")) == once


@given(st.text())
def test_characters_lose_nothing(text):
    assert detokenize(characters(text), "characters") == unicodedata.normalize("NFC", text)


@given(st.text())
def test_words_hold_no_space_and_no_punctuation(text):
    for word in words(text):
        assert word
        assert not any(unicodedata.category(letter)[0] in "PSZ" for letter in word)


def test_every_tokenizer_is_listed():
    assert set(TOKENIZERS) == {"words", "characters", "mixed"}


def test_marks_that_nobody_sees_leave_words_and_joiners_stay():
    assert words("a\u200bdog\u200b runs") == ["a", "dog", "runs"]
    assert words("\u200eכלב\u200f רץ\u061c \u202aab\u202c \u2067c\u2069 d\u2060e") == ["כלב", "רץ", "ab", "c", "de"]
    assert words("\u200b \u200e\u200f \ufeff") == []
    assert words("می\u200cخواهم क्\u200dष") == ["می\u200cخواهم", "क्\u200dष"]
    assert words("👨\u200d👩\u200d👧 ❤\ufe0f family") == ["family"]  # what joined the emoji is no word


def test_trimmed_takes_what_nobody_sees_from_the_outside_only():
    assert trimmed(" \u200b\u200e a\u200b b \u2069\n") == "a\u200b b"
    assert trimmed("\u200b \u200f") == trimmed("") == ""
