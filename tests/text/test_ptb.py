"""The tokens of the COCO evaluation: a frozen table of what Java answers, and Java itself where it is there."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.text.penn.ptb import PUNCTUATION, ptb
from captioner.text.penn.treebank import cut

# [text, tokens joined by spaces], each text tokenised by Java with a harmless line after it
JAVA = [
    (text, tokens.split(" ") if tokens else [])
    for text, tokens in json.loads(Path(__file__).with_name("java_tokens.json").read_text(encoding="utf-8"))
]
ENGLISH = "abcdefgABCDEFG 0123 .,;:!?'\"()[]&$%#@*-_/<>’“”—…éñ½£"


@pytest.fixture(scope="module")
def official():
    """The official tokeniser, for many texts at once."""
    if shutil.which("java") is None or find_spec("pycocoevalcap") is None:
        pytest.skip("needs Java and pycocoevalcap")
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    def tokenize(texts):
        found = PTBTokenizer().tokenize({number: [{"caption": text}] for number, text in enumerate(texts)})
        return [found[number][0].split(" ") if found[number][0] else [] for number in range(len(texts))]

    return tokenize


@pytest.mark.parametrize(("text", "tokens"), JAVA, ids=[f"{text[:24]!r}" for text, _ in JAVA])
def test_nasty_texts_give_the_tokens_that_java_gives(text, tokens):
    assert ptb(text) == tokens


def test_the_frozen_table_is_what_java_says(official):
    texts = [text for text, _ in JAVA]
    with_neighbours = [line for text in texts for line in (text, "zebra")]
    assert official(with_neighbours)[::2] == [tokens for _, tokens in JAVA]


@pytest.mark.slow
@pytest.mark.real
def test_every_caption_of_flickr8k_gives_the_tokens_that_java_gives(shared, official):
    lines = (shared / "data/flickr8k/Flickr8k.token.txt").read_text(encoding="utf-8").splitlines()
    captions = [line.split("\t")[1] for line in lines]
    assert len(captions) == 40_460
    assert [ptb(caption) for caption in captions] == official(captions)


def test_words_are_small_and_without_punctuation():
    assert ptb("A man's dog (\"Rex\") doesn't jump... ") == [
        *("a", "man", "'s", "dog", "-lrb-", "rex", "-rrb-", "does", "n't", "jump")
    ]


@pytest.mark.parametrize("text", ["", " ", "\t\n", ".", "... -- '' ; ,", "\u200b", "😀"])
def test_what_has_no_words_gives_none(text):
    assert ptb(text) == []


@given(st.text(alphabet=ENGLISH, max_size=60))
def test_the_quick_way_for_simple_lines_is_the_long_way(text):
    assert ptb(text) == [token for token in cut(text + "\n") if token not in PUNCTUATION]


@given(st.text(max_size=40))
def test_any_text_gives_small_words_that_hold_no_space(text):
    words = ptb(text)
    assert all(word and word == word.lower() and not set(word) & set(" \n\t") for word in words)
    assert not PUNCTUATION & set(words)


@given(st.text(alphabet="ab'-,!? ", max_size=40))
def test_outer_spaces_do_not_count(text):
    assert ptb(f"  {text}  ") == ptb(text)


@pytest.mark.parametrize("line_break", ["\r", "\x0b", "\u2028"])
def test_a_line_break_within_a_caption_is_a_space(line_break):
    assert ptb(f"a dog{line_break}on grass") == ["a", "dog", "on", "grass"]
