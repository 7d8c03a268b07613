"""Sentences with their translations, line by line."""

import gzip

import pytest

from captioner.data.read.pairs import Pair, read_pairs, read_photo_names


def test_line_i_of_both_files_is_a_pair(tmp_path):
    (tmp_path / "en").write_text("A dog. \n\ufeffTwo\u2028dogs.\n", encoding="utf-8")
    (tmp_path / "de.gz").write_bytes(gzip.compress(b"Ein Hund.\r\nZwei Hunde.", mtime=0))
    pairs = read_pairs(tmp_path / "en", tmp_path / "de.gz")
    assert pairs == [Pair("A dog.", "Ein Hund."), Pair("\ufeffTwo\u2028dogs.", "Zwei Hunde.")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("de", b"eins\n", "has 2 lines and .*de 1; line i of both must say the same"),
        ("de", b"eins\n\n", "de line 2 is empty; give a sentence a line"),
        ("de", b"eins\n\xff\n", "is not UTF-8 text .byte 5."),
        ("de.gz", b"eins\nzwei\n", "is no gzip file, or a damaged one"),
        ("de.gz", gzip.compress(b"eins\nzwei\n", mtime=0)[:-9], "is no gzip file, or a damaged one"),
        ("de.gz", gzip.compress(b"eins\n\xff\n", mtime=0), "is not UTF-8 text"),
        ("de", b"", "de line 1 is empty"),
    ],
)
def test_what_is_no_translation_is_refused(tmp_path, name, content, reason):
    (tmp_path / "en").write_text("one\ntwo\n")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        read_pairs(tmp_path / "en", tmp_path / name)


@pytest.mark.parametrize("name", ["en", "en.gz"])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=f"{name}: no such file"):
        read_pairs(tmp_path / name, tmp_path / name)


@pytest.fixture
def sides(tmp_path):
    """Two sentences in two languages, and a photo."""
    for name in ("en", "de"):
        (tmp_path / name).write_text("one\ntwo\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/a.jpg").touch()
    return tmp_path


@pytest.mark.parametrize("images", [None, "images"])
def test_a_third_file_names_the_photos_and_a_sentence_may_have_none(sides, images):
    (sides / "photos").write_text("a.jpg\n\n")
    folder = None if images is None else sides / images
    pairs = read_pairs(sides / "en", sides / "de", sides / "photos", folder)
    assert pairs == [Pair("one", "one", sides / "images/a.jpg"), Pair("two", "two")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a.jpg\n", "en has 2 lines and .*photos 1; line i must name the photo of sentence i"),
        ("a.jpg\nb.jpg\n", "photos line 2: .*images/b.jpg: no such photo"),
        ("\n\n", "photos names no photo; give a name a line"),
        ("https://x/a.jpg\n\n", "is an address in the web"),
    ],
)
def test_photos_that_cannot_stand_beside_sentences_are_refused(sides, content, reason):
    (sides / "photos").write_text(content)
    with pytest.raises((ValueError, FileNotFoundError), match=reason):
        read_pairs(sides / "en", sides / "de", sides / "photos")
    with pytest.raises(FileNotFoundError, match="names: no such file"):
        read_photo_names(sides / "names", sentences=sides / "en", count=2)
