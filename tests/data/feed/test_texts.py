import tracemalloc
import unicodedata
from typing import Any

import numpy as np
import pytest
import torch

from captioner.data.feed import texts
from captioner.data.feed.texts import Windows, chunks, open_text

KOREAN = "\ufeff빨간 세모가\r\n파란 네모 위에 있다 " + unicodedata.normalize("NFD", "café über")
PLAIN = unicodedata.normalize("NFC", KOREAN[1:].replace("\r\n", "\n"))


@pytest.fixture
def text(tmp_path):
    """A file of 2,000 letters, of which the last hundred are another one."""
    path = tmp_path / "text.txt"
    path.write_text("abcd " * 380 + "e" * 100)
    return path


@pytest.mark.parametrize("size", [20, 33, 1 << 20])
def test_chunks_cut_no_word_no_letter_and_lose_nothing(size, tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "CHUNK", size)
    path = tmp_path / "korean.txt"
    path.write_text(KOREAN, encoding="utf-8", newline="")
    parts = list(chunks(path, 0, path.stat().st_size))
    assert all(part[-1] in " \n" for part in parts[:-1])
    assert unicodedata.normalize("NFC", "".join(parts)) == PLAIN
    assert len(parts) > 1 or size > 33
    store = open_text(tmp_path / "stores", path, held_out=0)
    assert store.vocabulary.decode(store.ids("train").tolist()) == PLAIN
    assert len(store.ids("held_out")) == 0


def test_the_parts_meet_at_a_letter_and_the_vocabulary_is_of_the_train_part(tmp_path):
    path = tmp_path / "korean.txt"
    path.write_text("세" * 50 + "네" * 50, encoding="utf-8")
    for held_out in (0.495, 0.5, 0.505):  # of 300 bytes, three a letter
        store = open_text(tmp_path / "stores", path, held_out=held_out)
        train, other = store.ids("train"), store.ids("held_out")
        assert len(train) + len(other) == 100
        assert abs(len(other) - 100 * held_out) <= 1
    store = open_text(tmp_path / "stores", path, held_out=0.5)
    assert store.vocabulary.tokens[4:] == ("세",)
    assert set(other.tolist()) == {store.vocabulary.unknown} == set(store.ids("held_out").tolist())


def test_words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("A dog runs. A dog sleeps.\n" * 20)
    store = open_text(tmp_path / "stores", path, tokenizer="words", min_count=2, held_out=0)
    assert store.vocabulary.decode(store.ids("train")[:7].tolist()) == "a dog runs a dog sleeps a"


def test_a_store_is_made_once_and_again_when_the_text_changes(text, tmp_path, monkeypatch):
    first = open_text(tmp_path / "stores", text)
    assert len(first.ids("train")) == 1900
    assert isinstance(first.ids("train"), np.memmap)
    with monkeypatch.context() as patch:
        patch.setattr(texts, "chunks", lambda *_: pytest.fail("the text was read again"))
        assert open_text(tmp_path / "stores", text) == first
    text.write_text("xyz " * 500)
    assert "x" in open_text(tmp_path / "stores", text).vocabulary


def test_a_store_that_was_not_finished_is_made_again(text, tmp_path):
    store = open_text(tmp_path / "stores", text)
    (store.folder / "text.json").unlink()
    (store.folder / "train").write_bytes(b"")
    assert len(open_text(tmp_path / "stores", text).ids("train")) == 1900


@pytest.mark.slow
def test_a_long_text_is_never_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "CHUNK", 1 << 14)
    path = tmp_path / "long.txt"
    path.write_text("the quick brown fox\n" * 100_000)  # 2 MB
    tracemalloc.start()
    try:
        store = open_text(tmp_path / "stores", path)
        windows = Windows(store.ids("train"), streams=8, length=50, start=1)
        for number in range(0, len(windows), 100):
            windows[number]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("length", [1, 4, 5, 33, 100])
def test_windows_go_on_where_the_last_one_ended_in_every_stream(length):
    ids = np.arange(4, 104, dtype=np.uint8)
    windows = Windows(ids, streams=3, length=length, start=1)
    read = [windows[number] for number in range(len(windows))]
    following = torch.cat([window.following for window in read], dim=1)
    assert torch.equal(following, torch.arange(4, 103).view(3, 33))  # 100 = 3 · 33 + 1
    words = torch.cat([window.words for window in read], dim=1)
    assert words[:, 0].tolist() == [1, 1, 1]
    assert torch.equal(words[:, 1:], following[:, :-1])
    assert [window.words.shape for window in read[:-1]] == [(3, length)] * (len(read) - 1)
    with pytest.raises(IndexError, match=f"there are {len(windows)} windows, and no number {len(windows)}"):
        windows[len(windows)]


ERRORS: dict[str, dict[str, Any]] = {
    "held_out is 1.0, but the share of the text to be held out is from 0 to below 1": {"held_out": 1.0},
    "no token occurs 5000 times in these texts; lower min_count or give more texts": {"min_count": 5000},
}


@pytest.mark.parametrize("message", ERRORS)
def test_settings_that_cannot_be(message, text, tmp_path):
    with pytest.raises(ValueError, match=message):
        open_text(tmp_path / "stores", text, **ERRORS[message])


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing.txt: no such text"):
        open_text(tmp_path / "stores", tmp_path / "missing.txt")
    with pytest.raises(FileNotFoundError, match=r"a folder, and a text file is needed"):
        open_text(tmp_path / "stores", tmp_path)
    latin = tmp_path / "latin.txt"
    latin.write_bytes("übergrößen".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin.txt is not UTF-8 text; save it as UTF-8"):
        open_text(tmp_path / "stores", latin)


@pytest.mark.parametrize(
    ("streams", "length", "message"),
    [
        (0, 5, "streams is 0 and window 5, but both must be at least 1"),
        (5, 0, "streams is 5 and window 0, but both must be at least 1"),
        (11, 5, "the text has 10 tokens, too few for 11 streams; lower --data.streams"),
    ],
)
def test_windows_that_cannot_be(streams, length, message):
    with pytest.raises(ValueError, match=message):
        Windows(np.arange(10), streams=streams, length=length, start=1)
