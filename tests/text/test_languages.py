"""Captions in several languages: how they are cut, how they begin, and which words scores count."""

import json
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.scoring.captions.scores import score_captions
from captioner.scoring.captions.words import about_scored_words, scored_words
from captioner.text.penn.ptb import ptb
from captioner.text.tokenize import detokenize, mixed
from captioner.text.vocabulary import SPECIAL, Vocabulary, check_language


@pytest.mark.parametrize(
    ("text", "tokens", "again"),
    [
        ("两只狗在雪地里。", list("两只狗在雪地里"), "两只狗在雪地里"),
        ("2只 Dogs 玩T恤", ["2", "只", "dogs", "玩", "t", "恤"], "2只dogs玩t恤"),
        ("Zwei große Hunde!", ["zwei", "große", "hunde"], "zwei große hunde"),
        ("犬がボール", list("犬がボール"), "犬がボール"),
        ("ภาษาดี", ["ภ", "า", "ษ", "า", "ดี"], "ภาษาดี"),  # a vowel above belongs to its letter
        ("", [], ""),
    ],
)
def test_each_script_is_cut_as_it_is_written(text, tokens, again):
    assert mixed(text) == tokens
    assert detokenize(tokens, "mixed") == again


@given(st.text(max_size=30))
@settings(max_examples=50)
def test_what_was_put_together_is_cut_alike(text):
    tokens = mixed(text)
    assert all(tokens)
    assert mixed(detokenize(tokens, "mixed")) == tokens


def test_english_is_scored_by_cocos_words_and_others_by_unicodes():
    assert scored_words(None) is scored_words("en") is scored_words("en-GB") is ptb
    assert scored_words("zh") is scored_words("de") is mixed
    assert "COCO" in about_scored_words("en")
    assert "by characters" in about_scored_words("zh")


def test_chinese_captions_are_scored_by_characters():
    references = {1: ["狗在跑"], 2: ["人在睡觉"]}
    scores = score_captions({1: "狗在睡", 2: "人在睡觉"}, references, tokenize=scored_words("zh")).values
    assert isclose(scores["bleu1"], 6 / 7)  # as COCO cuts them, each caption would be one word, and half of them wrong
    assert isclose(score_captions({1: "狗在睡", 2: "人在睡觉"}, references).values["bleu1"], 1 / 2)


@pytest.mark.parametrize("code", ["german", "", "d", "de_DE", 5, "zh ", "de-"])
def test_codes_of_languages_are_checked(code):
    with pytest.raises(ValueError, match="is no code; give one such as en, de, zh or zh-Hant"):
        check_language(code)


@pytest.fixture
def several():
    return Vocabulary.build(["a dog", "ein hund", "狗跑"], "mixed", 1, ("en", "de", "zh"))


def test_a_caption_begins_with_its_language(several):
    assert several.tokens[: len(SPECIAL) + 3] == (*SPECIAL, "<en>", "<de>", "<zh>")
    assert several.begin() == several.begin("en") == 4
    assert several.begin("zh") == 6
    assert several.known == len(several) - 7 == 6
    assert several.never_said == (0, 1, 3, 4, 5, 6)
    assert several.decode([6, *several.encode("狗跑 hund"), 2]) == "狗跑hund"
    assert several.decode([3]) == "<unk>"
    with pytest.raises(ValueError, match="the language 'fr' was asked for, but this model knows en, de, zh"):
        several.begin("fr")


def test_a_vocabulary_without_languages_begins_as_ever():
    vocabulary = Vocabulary.build(["a dog"], min_count=1)
    assert vocabulary.begin() == vocabulary.start
    with pytest.raises(ValueError, match="the language 'en' was asked for, but this model was not told any"):
        vocabulary.begin("en")


def test_languages_are_kept_in_the_file_and_added_behind(several, tmp_path):
    several.save(tmp_path / "vocab.json")
    assert Vocabulary.load(tmp_path / "vocab.json") == several
    more = several.extended(["un chien"], 1, ("en", "fr"))
    assert more.languages == ("en", "de", "zh", "fr")
    assert more.tokens == (*several.tokens, "<fr>", "chien", "un")
    plain = Vocabulary.build(["a dog"], min_count=1)
    plain.save(tmp_path / "plain.json")
    assert "languages" not in json.loads((tmp_path / "plain.json").read_text())


@pytest.mark.parametrize("languages", [["fr"], ["<b>"], "en", [1]])
def test_a_file_with_odd_languages_is_refused(several, tmp_path, languages):
    several.save(tmp_path / "vocab.json")
    content = json.loads((tmp_path / "vocab.json").read_text()) | {"languages": languages}
    (tmp_path / "vocab.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="is not a vocabulary"):
        Vocabulary.load(tmp_path / "vocab.json")
