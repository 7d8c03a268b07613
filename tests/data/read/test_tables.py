"""Tables that nearly fit: every dialect gives the same photos, and what cannot be read is told what it has."""

import json
from pathlib import Path
from unicodedata import normalize

import pytest

from captioner.data.read.questions import holds_questions, read_questions
from captioner.data.read.records import read_photos

SAID = {"0.png": ("a red circle, small and round",), "1.png": ('a "big" star',), "2.png": ("it's a cat 😀",)}
PLAIN = 'image,caption\n0.png,"a red circle, small and round"\n1.png,"a ""big"" star"\n2.png,it\'s a cat 😀\n'
LOOSE = 'image;caption\n0.png;a red circle, small and round\n1.png;a "big" star\n2.png;it\'s a cat 😀\n'
ENTRIES = [{"Image": name, "caption": caption} for name, (caption,) in SAID.items()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", PLAIN),
        ("a.CSV", PLAIN),
        ("crlf.csv", PLAIN.replace("\n", "\r\n")),
        ("cr.csv", PLAIN.replace("\n", "\r")),
        ("bom.csv", "\ufeff" + PLAIN),
        ("sep.csv", "sep=,\n" + PLAIN),
        ("sep.csv", "\ufeffsep=;\r\n" + LOOSE),
        ("upper.csv", PLAIN.replace("image,caption", "Image,CAPTION")),
        ("space.csv", PLAIN.replace("image,caption", " image , caption")),
        ("hub.csv", PLAIN.replace("image,caption", "file_name,text")),
        ("wide.csv", PLAIN.replace("\n", ",\n")),
        ("semicolon.csv", LOOSE),
        ("tab.csv", LOOSE.replace(";", "\t")),
        ("tab.tsv", LOOSE.replace(";", "\t")),
        ("tab.txt", LOOSE.replace(";", "\t")),
        ("bar.txt", LOOSE.replace(";", "|")),
        ("list.json", json.dumps(ENTRIES)),
        ("lines.jsonl", "\n".join(map(json.dumps, ENTRIES))),
        ("hub.jsonl", "\n".join(map(json.dumps, ENTRIES)).replace("Image", "file_name").replace("caption", "text")),
        ("several.json", json.dumps([{"image": name, "captions": said} for name, said in SAID.items()])),
    ],
)
def test_dialects_that_cannot_be_mistaken(tmp_path, name, content):
    (tmp_path / name).write_bytes(content.encode())
    photos = read_photos(tmp_path / name)
    assert {photo.id: photo.captions for photo in photos} == SAID
    assert [photo.path for photo in photos] == [tmp_path / image for image in SAID]


def test_flickr30k_results_have_bars_in_captions_and_one_line_without_its_bar(tmp_path):
    lines = [
        "image_name| comment_number| comment",
        "0.png| 0| A dog | runs .",
        "1.png| 4   A dog runs .",
        "0.png| 1| b",
    ]
    (tmp_path / "results.csv").write_text("\n".join(lines))
    photos = read_photos(tmp_path / "results.csv")
    assert [(photo.id, photo.captions) for photo in photos] == [
        ("0.png", ("A dog | runs .", "b")),
        ("1.png", ("A dog runs .",)),
    ]
    (tmp_path / "results.csv").write_text(f"{lines[0]}\n0.png| A dog")
    with pytest.raises(ValueError, match=r"results.csv line 2: a line reads name.jpg\| 0\| caption"):
        read_photos(tmp_path / "results.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.csv", "image,question,answers\n0.png,what is it?,a dog\n"),
        ("q.csv", "Image;Question;Answer\n0.png;what is it?;a dog\n"),
        ("q.tsv", "image\tquestion\tanswer\n0.png\twhat is it?\ta dog\n"),
        ("q.jsonl", '{"image": "0.png", "question": "what is it?", "answers": "a dog"}'),
        ("q.json", '[{"image": "0.png", "question": "what is it?", "answers": [{"answer": "a dog"}]}]'),
    ],
)
def test_questions_in_dialects_and_given_as_captions(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    (question,) = read_questions(path)
    assert (question.image_id, question.text, question.answers) == ("0.png", "what is it?", ("a dog",))
    assert holds_questions(path)
    with pytest.raises(ValueError, match=rf"{name} .* is of a table of questions, and captions are needed"):
        read_photos(path)


def test_a_list_that_answers_itself_takes_no_annotations(tmp_path):
    (tmp_path / "q.json").write_text('[{"image": "0.png", "question": "?"}]')
    with pytest.raises(ValueError, match=r"q.json is a list that names photos and answers itself; leave .*a.json out"):
        read_questions(tmp_path / "q.json", tmp_path / "a.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0.png,a dog\n", "line 1 names a photo already, '0.png'; a header image,caption is needed before it"),
        ("id;picture_name;captoin\n", r"no column caption and image, only id, picture_name, captoin; .* 'captoin'"),
        (
            "image,caption\nhttp://example.com/0.png,a dog\n",
            r"the photo http://example.com/0.png is an address in the web",
        ),
        ("image,caption\nsub\\0.png,a dog\n", r"the photo sub\\0.png is not there; write its folders as in sub/0.png"),
    ],
)
def test_what_cannot_be_read_is_told_what_it_has_and_needs(tmp_path, content, message):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_photos(tmp_path / "a.csv")


def test_half_a_character_is_found_on_its_line(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        '{"image": "0.png", "caption": "\\ud83d\\ude00 \\\\ud83d"}\n{"image": "\\ud83d.png"}'
    )
    with pytest.raises(ValueError, match=r"a.jsonl line 2: .ud83d is half a character"):
        read_photos(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_text('{"image": "0.png", "caption": "\\ud83d\\ude00 \\\\ud83d"}')
    assert read_photos(tmp_path / "a.jsonl")[0].captions == ("😀 \\ud83d",)


def test_marks_that_nobody_sees_are_no_caption(tmp_path):
    (tmp_path / "a.csv").write_text("image,caption\n0.png,\u200b\n1.png,\u200e a dog \u200f\n")
    assert [photo.captions for photo in read_photos(tmp_path / "a.csv")] == [("",), ("a dog",)]


def test_names_meet_however_their_letters_are_composed(tmp_path):
    on_disk, written = normalize("NFD", "Süd/café.png"), normalize("NFC", "Süd/café.png")
    photo = tmp_path / on_disk
    photo.parent.mkdir()
    photo.write_bytes(b"")
    (tmp_path / "a.csv").write_text(f"image,caption\n{written},a cup\n{on_disk},coffee\nnicht_da_é.png,tea\n")
    cup, tea = read_photos(tmp_path / "a.csv")
    assert (cup.path, cup.captions) == (photo, ("a cup", "coffee"))
    assert tea.path == tmp_path / "nicht_da_é.png"
    for listed in (on_disk, written):
        (tmp_path / "list.txt").write_text(listed)
        assert [each.path for each in read_photos(tmp_path / "a.csv", split=tmp_path / "list.txt")] == [photo]


def test_rejected_captions_are_left_out_and_counted_and_categories_are_not_looked_at(tmp_path, caplog):
    annotations = [
        {"id": 0, "image_id": 7, "caption": "nothing", "is_rejected": True},
        {"id": 1, "image_id": 7, "caption": "a cup", "is_rejected": False, "is_precanned": False},
        {"id": 2, "image_id": 7, "caption": "unclear", "is_precanned": True},
    ]
    annotations.append({"id": 3, "image_id": 8, "caption": "nothing", "is_rejected": True})
    images = [{"id": number, "file_name": f"{number}.png"} for number in (7, 8, 9)]
    path = Path(tmp_path / "a.json")
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": []}))
    assert [(photo.id, photo.captions) for photo in read_photos(path)] == [(7, ("a cup",)), (9, ())]
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: 3 captions are left out, with 1 photos that have no others; they are is_rejected or is_precanned"
    ]
