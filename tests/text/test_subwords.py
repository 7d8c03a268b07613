"""Subwords: learned from texts, kept as text, joined to what was cut."""

import json
import sys

import pytest

from captioner.text.subwords import words_of
from captioner.text.vocabulary import SPECIAL, Vocabulary

TEXTS = ["A dog runs, and a dog sleeps.", "Ein Hund läuft, und ein Hund schläft."] * 3


@pytest.fixture(scope="module")
def vocabulary():
    pytest.importorskip("tokenizers", reason="needs tokenizers: pip install 'captioner[translate]'")
    return Vocabulary.of_subwords(TEXTS, 60)


@pytest.mark.parametrize("text", [*TEXTS[:2], "schläft A", "nur, ein. “Hund”", "(a) dog's-run", "  two\tspaces \n"])
def test_pieces_joined_are_the_text_with_single_spaces(vocabulary, text):
    known = [piece for piece in vocabulary.cut(text) if piece in vocabulary]
    if known == vocabulary.cut(text):
        assert vocabulary.decode(vocabulary.encode(text)) == " ".join(text.split())
    assert "".join(vocabulary.cut(text)).replace("▁", " ").strip() == " ".join(text.split())


def test_frequent_words_are_whole_and_the_size_is_kept(vocabulary):
    assert len(vocabulary) <= 60
    assert vocabulary.tokens[:4] == SPECIAL
    assert vocabulary.cut("ein Hund") == ["▁ein", "▁Hund"]


def test_letters_that_no_piece_has_are_unknown_and_told(vocabulary):
    assert vocabulary.cut("dog 漢")[-1] == "漢"
    assert vocabulary.encode("漢")[-1] == vocabulary.unknown
    assert vocabulary.encode("<end> <pad>").count(vocabulary.end) == 0
    assert vocabulary.coverage(["dog 漢"]).missing == {"漢": 1}


def test_on_disk_they_are_plain_text_and_cut_alike(vocabulary, tmp_path):
    vocabulary.save(tmp_path / "vocab.json")
    again = Vocabulary.load(tmp_path / "vocab.json")
    assert again == vocabulary
    assert again.encode(TEXTS[1]) == vocabulary.encode(TEXTS[1])
    assert json.loads((tmp_path / "vocab.json").read_text())["tokenizer"] == "subwords"


@pytest.mark.parametrize(
    ("merges", "reason"),
    [
        ([["a", "q"]], "the pieces 'a' and 'q' become one, but not all three are tokens"),
        ([["a"]], "not enough values"),
        ([[1, 2]], "unsupported|tokens"),
        (7, "not iterable"),
    ],
)
def test_a_changed_file_is_refused(vocabulary, tmp_path, merges, reason):
    path = tmp_path / "vocab.json"
    vocabulary.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"merges": merges}))
    with pytest.raises(ValueError, match=rf"vocab.json is not a vocabulary: .*({reason})"):
        Vocabulary.load(path)


def test_without_the_library_the_extra_is_named(vocabulary, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ValueError, match=r"pip install 'captioner\[translate\]'"):
        Vocabulary(vocabulary.tokens, "subwords", 2, vocabulary.merges).encode("dog")


def test_words_are_put_together_with_punctuation_apart():
    pieces = ["▁sch", "läft", ",", "▁U", "-", "Bahn", "▁", "(", "a", "b", ")", "."]
    assert [word for word, _ in words_of(pieces)] == ["schläft", ",", "U", "-", "Bahn", "(", "ab", ")", "."]
    assert words_of(pieces)[5:7] == [("(", slice(6, 8)), ("ab", slice(8, 10))]
    assert words_of([]) == []
