"""Flickr30k Entities: phrases by words, boxes in shares, hostile files, and the whole of Flickr8k's part."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from captioner.data.read.flickr30k.entities import Entities, read_entities, word_coverage
from captioner.data.read.records import Photo, read_photos

XML = """<annotation><filename>7.jpg</filename><size><width>200</width><height>100</height></size>
<object><name>1</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>100</xmax><ymax>50</ymax></bndbox></object>
<object><name>1</name><name>2</name>
<bndbox><xmin>101</xmin><ymin>51</ymin><xmax>200</xmax><ymax>100</ymax></bndbox></object>
<object><name>3</name><scene>1</scene><nobndbox>0</nobndbox></object></annotation>"""
TEXT = """[/EN#1/people Two blond men] in [/EN#2/clothing t-shirts] hold hands .
[/EN#1/people Men] in [/EN#3/scene a park] with [/EN#0/notvisual it] .
"""
CAPTIONS = ("Men in a park with it.", "Two blonde men in t-shirts hold hands .", "A cat sleeps.")


def folder(path: Path, xml: str = XML, text: str = TEXT) -> Path:
    for name, content in (("Annotations/7.xml", xml), ("Sentences/7.txt", text)):
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return path


def archive(path: Path, **members: str) -> Path:
    with ZipFile(path / "entities.zip", "w", ZIP_DEFLATED) as file:
        for name, content in ({"Annotations/7.xml": XML, "Sentences/7.txt": TEXT} | members).items():
            file.writestr(name, content)
    return path / "entities.zip"


@pytest.fixture
def photo():
    return Photo(5, Path("7_a1b2.jpg"), CAPTIONS)


@pytest.mark.parametrize("packed", [False, True])
def test_phrases_have_words_and_boxes(tmp_path, photo, packed):
    entities = Entities(archive(tmp_path) if packed else folder(tmp_path))
    men, park, it, two, shirts = entities.phrases(photo)
    assert (men.caption, men.first, men.last, men.text, men.entity, men.kinds) == (0, 0, 0, "Men", "1", ("people",))
    assert men.boxes == two.boxes == ((0, 0, 0.5, 0.5), (0.5, 0.5, 1, 1))
    assert (two.caption, two.first, two.last) == (1, 0, 2)
    assert (shirts.caption, shirts.first, shirts.last, shirts.boxes) == (1, 4, 4, ((0.5, 0.5, 1, 1),))
    assert (park.first, park.last, park.kinds, park.boxes) == (2, 3, ("scene",), ())
    assert (it.first, it.entity, it.boxes) == (5, "0", ())
    assert entities.asked == {photo.path: 1}


def test_what_has_to_be_left_out_is_counted(tmp_path, photo, caplog):
    other = Photo(6, Path("8.jpg"), ("A dog .",))
    found = read_entities(folder(tmp_path), [photo, other])
    assert len(found[5]) == 5
    assert found[6] == ()
    assert "knows 1 of 2 photos, and all but 1 of their captions" in caplog.text
    with pytest.raises(ValueError, match="knows none of the 1 photos; is it of the same data set"):
        read_entities(folder(tmp_path), [other])


def test_words_know_how_much_of_each_place_is_theirs(tmp_path, photo):
    phrases = [each for each in Entities(folder(tmp_path)).phrases(photo) if each.caption == 1]
    cover = word_coverage(phrases, 7, 2)
    assert cover.tolist() == [[1, 0, 0, 1]] * 3 + [[0] * 4] + [[0, 0, 0, 1]] + [[0] * 4] * 2
    assert word_coverage(phrases, 7, 2, (0, 0.25, 1, 0.75))[0].tolist() == [1, 0, 0, 1]
    assert word_coverage(phrases, 7, 1, (-0.5, 0, 1.5, 1))[4].tolist() == [0.125]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<width>200</width>", "", "size/width must be a whole number, not None"),
        ("<xmax>100", "<xmax>1e2", "bndbox/xmax must be a whole number, not '1e2'"),
        ("<xmax>100", "<xmax>201", r"box \(1, 1, 201, 50\) does not lie within 200 x 100 pixels"),
        ("<xmin>101", "<xmin>0", r"box \(0, 51, 200, 100\) does not lie within"),
        ("<width>200", "<width>0", "does not lie within 0 x 100 pixels"),
        ("</annotation>", "", r"Annotations/7.xml is no XML that is safe to read"),
        ("<annotation>", '<!DOCTYPE a [<!ENTITY b "c">]><annotation>', "is no XML that is safe to read"),
    ],
)
def test_malformed_boxes_are_refused(tmp_path, photo, old, new, message):
    assert old in XML
    with pytest.raises(ValueError, match=message):
        Entities(folder(tmp_path, xml=XML.replace(old, new))).phrases(photo)


@pytest.mark.parametrize(
    "line", ["[/EN#1/people]", "[/EN#x/people a man]", "[/EN#1/people a [/EN#2/other b]", "[/EN#1/a b"]
)
def test_malformed_phrases_are_refused(tmp_path, photo, line):
    with pytest.raises(ValueError, match=r"Sentences/7.txt line 2: a phrase reads \[/EN#number/kind words\], not"):
        Entities(folder(tmp_path, text=f"A man .\n{line}\n")).phrases(photo)


def test_a_line_made_to_be_slow_is_not(tmp_path, photo):
    with pytest.raises(ValueError, match="line 1: a phrase reads"):
        Entities(folder(tmp_path, text="[/EN#1/a" * 100_000)).phrases(photo)


def test_a_member_that_is_too_large_is_not_unpacked(tmp_path, photo):
    path = archive(tmp_path, **{"Sentences/7.txt": "a" * 2_000_000})
    with pytest.raises(ValueError, match=r"Sentences/7.txt has more than 1,000,000 bytes"):
        Entities(path).phrases(photo)


def test_a_damaged_member_is_named(tmp_path, photo):
    path = archive(tmp_path)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Annotations/7.xml cannot be read .*; fetch the file again"):
        Entities(path).phrases(photo)


def test_text_that_is_not_utf_8_is_named(tmp_path, photo):
    (folder(tmp_path) / "Sentences/7.txt").write_bytes(b"A \xff .")
    with pytest.raises(ValueError, match=r"Sentences/7.txt is not UTF-8 text \(byte 2\)"):
        Entities(tmp_path).phrases(photo)


def test_other_places_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder or ZIP file of Flickr30k Entities"):
        Entities(tmp_path / "none.zip")
    (tmp_path / "file").write_text("no ZIP")
    with pytest.raises(ValueError, match="is neither a folder nor a ZIP file"):
        Entities(tmp_path / "file")
    (tmp_path / "Annotations").mkdir()
    with pytest.raises(ValueError, match="has no folder Sentences, as Flickr30k Entities has"):
        Entities(tmp_path)


@pytest.mark.slow
def test_the_test_photos_of_flickr8k(shared):
    photos = read_photos(shared / "data/flickr8k/captions_test.json")
    found = read_entities(shared / "data/flickr30k_entities/flickr8k_part.zip", photos)
    phrases = [phrase for each in found.values() for phrase in each if phrase.boxes]
    assert len(phrases) == 13_063  # as its SOURCE.md counts
    assert len({(photo, box) for photo, each in found.items() for phrase in each for box in phrase.boxes}) == 6_483
    assert all(0 <= phrase.first <= phrase.last for phrase in phrases)
