import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.text.tokenize import TOKENIZERS, characters, detokenize, words


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
    assert set(TOKENIZERS) == {"words", "characters"}
