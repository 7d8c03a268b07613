"""Result files: what they hold is recognised, and each way to be wrong is one sentence."""

import json
import re
from pathlib import Path

import pytest

from captioner.scoring.results import kind_of_results, match, read_caption_results


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "results.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_captions_come_by_photo_in_the_order_of_the_file(file):
    path = file([{"image_id": 5, "caption": "a dog", "score": 0.1}, {"image_id": 2, "caption": ""}])
    assert kind_of_results(path) == "captions"
    assert list(read_caption_results(path).items()) == [(5, "a dog"), (2, "")]


def test_answers_are_recognised(file):
    assert kind_of_results(file([{"question_id": 1, "answer": "red"}])) == "answers"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[{", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 3"),
        ({"image_id": 1, "caption": "a"}, "is no result file: that is a list of entries with image_id and caption"),
        ([], "is no result file: that is a list of entries with image_id and caption"),
    ],
)
def test_what_is_no_list_of_results_is_one_sentence(file, content, sentence):
    path = file(content)
    for read in (kind_of_results, read_caption_results):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            read(path)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            {"id": 1, "text": "a"},
            "result 1 must have image_id and caption, or question_id and answer, and has id, text",
        ),
        ("a dog", "result 1 must have image_id and caption, or question_id and answer, and has none of them"),
    ],
)
def test_unknown_keys_are_one_sentence(file, entry, sentence):
    with pytest.raises(ValueError, match=f"{re.escape(sentence)}$"):
        kind_of_results(file([entry]))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ('[{"image_id": 1, "caption": NaN}]', "result 1: caption must be text, not nan"),
        ('[{"image_id": NaN, "caption": "a"}]', "result 1: image_id must be a whole number (or a file name), not nan"),
        ([{"image_id": 1.0, "caption": "a"}], "result 1: image_id must be a whole number (or a file name), not 1.0"),
        ([{"image_id": True, "caption": "a"}], "result 1: image_id must be a whole number (or a file name), not True"),
        ([{"image_id": 1, "caption": ["a"]}], "result 1: caption must be text, not ['a']"),
        ([{"image_id": 1, "caption": "a"}, {"image_id": 2}], "result 2 must be an object with image_id and caption"),
        ([{"image_id": 1, "caption": "a " * 9000}], "a caption has at most 10,000 characters, and this one has 18,000"),
        ([{"image_id": 3, "caption": "a"}] * 2, "results.json has several captions for 1 photo (3)"),
    ],
)
def test_malformed_captions_are_one_sentence(file, entries, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_caption_results(file(entries))


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        kind_of_results(tmp_path / "nothing.json")


ONE, OTHER = Path("one.json"), Path("other.json")


def test_common_ids_come_in_the_order_of_the_annotations():
    assert match({ONE: {2: "a", 1: "b"}, OTHER: {1: "c", 2: "d"}}, [1, 2], "photos") == ([1, 2], [])


def test_what_one_side_lacks_is_said():
    common, notes = match({ONE: {1: "a", 9: "b"}, OTHER: {1: "a", 2: "b"}}, [1, 2], "questions")
    assert common == [1]
    assert notes == [
        "one.json lacks 1 question (2): the scores are of the others",
        "one.json has 1 question (9) that the annotations lack: left out",
    ]


def test_nothing_in_common_is_one_sentence():
    with pytest.raises(
        ValueError, match=r"^other.json is about none of the 1 photos .*: its ids are like '1', theirs like 1$"
    ):
        match({ONE: {1: "a"}, OTHER: {"1": "a"}}, [1], "photos")
    with pytest.raises(
        ValueError, match=r"^one.json and other.json have no photo in common, so they cannot be compared$"
    ):
        match({ONE: {1: "a"}, OTHER: {2: "a"}}, [1, 2], "photos")
