"""Every question format read, the rules of photo names, the result file, and each error message."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from captioner.data.read.questions import (
    Question,
    annotations_beside,
    holds_questions,
    read_questions,
    read_vqa_results,
    single_answers,
)


def vqa_files(folder: Path, questions: object, annotations: object = None, **header: str) -> tuple[Path, Path]:
    names = folder / "questions.json", folder / "annotations.json"
    names[0].write_text(json.dumps({**header, "questions": questions}))
    names[1].write_text(json.dumps({"annotations": annotations}))
    return names


def ten(*answers: str) -> list[dict[str, object]]:
    return [{"answer": answer, "answer_confidence": "yes", "answer_id": n} for n, answer in enumerate(answers, 1)]


ASKED = [
    {"image_id": 42, "question": "What is it? ", "question_id": 420},
    {"image_id": 7, "question": "How many?", "question_id": 70},
]
ANSWERED = [
    {"question_id": 70, "image_id": 7, "answers": ten("2", "3"), "question_type": "how many", "answer_type": "number"},
    {"question_id": 420, "image_id": 42, "answers": ten("cat"), "question_type": "what", "answer_type": "other"},
    {"question_id": 999, "image_id": 9, "answers": ten("of another question")},
]


def test_vqa_with_its_annotations(tmp_path):
    questions, annotations = vqa_files(tmp_path, ASKED, ANSWERED, data_type="mscoco", data_subtype="val2014")
    photos = tmp_path / "val2014"
    assert read_questions(questions, annotations, photos) == [
        Question(420, 42, photos / "COCO_val2014_000000000042.jpg", "What is it?", ("cat",), "what", "other"),
        Question(70, 7, photos / "COCO_val2014_000000000007.jpg", "How many?", ("2", "3"), "how many", "number"),
    ]


def test_vqa_without_annotations_only_asks(tmp_path):
    questions, _ = vqa_files(tmp_path, ASKED)
    assert [question.answers for question in read_questions(questions)] == [(), ()]


@pytest.mark.parametrize(
    ("data_type", "data_subtype", "name"),
    [
        ("mscoco", "test-dev2015", "COCO_test2015_000000000042.jpg"),
        ("abstract_v002", "train2015", "abstract_v002_train2015_000000000042.png"),
        ("daquar", "test", "image42.jpg"),
    ],
)
def test_usual_names_of_photos(tmp_path, data_type, data_subtype, name):
    questions, _ = vqa_files(tmp_path, ASKED[:1], data_type=data_type, data_subtype=data_subtype)
    (tmp_path / "images").mkdir()
    assert read_questions(questions)[0].path == tmp_path / "images" / name


def test_names_of_photos_from_a_list(tmp_path):
    questions, _ = vqa_files(tmp_path, ASKED, data_type="mscoco", data_subtype="val2014")
    listed = tmp_path / "names.json"
    listed.write_text(json.dumps({"images": [{"id": 42, "file_name": "a/cat.png"}, {"id": 7, "file_name": "b.png"}]}))
    paths = [question.path for question in read_questions(questions, images=tmp_path, image_names=listed)]
    assert paths == [tmp_path / "a" / "cat.png", tmp_path / "b.png"]


DAQUAR = """what is on the table in the image7 ?
cup, night_stand
how many chairs are on this image12 ?
2
what is near the image9 in the image9 ?
lamp
what colour has the wall in image7 ?
white
"""


def test_daquar_text(tmp_path):
    path = tmp_path / "qa.txt"
    path.write_text(DAQUAR)
    assert read_questions(path) == [
        Question(1, 7, tmp_path / "image7.jpg", "what is on the table ?", ("cup, night_stand",), answer_type="list"),
        Question(2, 12, tmp_path / "image12.jpg", "how many chairs are ?", ("2",), answer_type="number"),
        Question(3, 9, tmp_path / "image9.jpg", "what is near the image ?", ("lamp",), answer_type="other"),
        Question(4, 7, tmp_path / "image7.jpg", "what colour has the wall ?", ("white",), answer_type="other"),
    ]


@pytest.mark.parametrize(("names", "ending"), [("image7\nimage9\n", ".jpg"), ("image7.png\r\nimage9.png\r\n", ".png")])
def test_a_split_of_daquar_is_a_list_of_photos(tmp_path, names, ending):
    (tmp_path / "qa.txt").write_text(DAQUAR)
    (tmp_path / "split.txt").write_text(names)
    found = read_questions(tmp_path / "qa.txt", image_names=tmp_path / "split.txt")
    assert [(question.id, question.path.name) for question in found] == [
        (1, f"image7{ending}"),
        (3, f"image9{ending}"),
        (4, f"image7{ending}"),
    ]


def test_questions_with_a_single_answer(tmp_path):
    (tmp_path / "qa.txt").write_text(DAQUAR)
    asked = read_questions(tmp_path / "qa.txt")
    assert [question.id for question in single_answers(asked)] == [2, 3, 4]
    with pytest.raises(ValueError, match="all 1 questions are answered with lists"):
        single_answers(asked[:1])


def test_json_lines(tmp_path):
    path = tmp_path / "q.jsonl"
    rows: list[dict[str, object]] = [
        {"image": "a.jpg", "question": " What? ", "answer": "cat "},
        {"image": "b/c.jpg", "question": "Who?", "answer": ["he", "she"], "id": "x", "question_type": "who"},
        {"image": "a.jpg", "question": "Where?", "answer_type": "other"},
    ]
    path.write_text("\n\n".join(map(json.dumps, rows)))
    assert read_questions(path) == [
        Question(1, "a.jpg", tmp_path / "a.jpg", "What?", ("cat",)),
        Question("x", "b/c.jpg", tmp_path / "b" / "c.jpg", "Who?", ("he", "she"), "who"),
        Question(3, "a.jpg", tmp_path / "a.jpg", "Where?", (), "", "other"),
    ]


def test_csv(tmp_path):
    path = tmp_path / "q.csv"
    path.write_text(
        "id,image,question,answer,note\n"
        '12,a.jpg,"What, then?","table, chair",x\n'
        'y,a.jpg,Who?,"[""he"", ""she""]",\n'
        ",b.jpg,Where?,,\n"
    )
    assert read_questions(path, images=tmp_path / "photos") == [
        Question(12, "a.jpg", tmp_path / "photos" / "a.jpg", "What, then?", ("table, chair",)),
        Question("y", "a.jpg", tmp_path / "photos" / "a.jpg", "Who?", ("he", "she")),
        Question(3, "b.jpg", tmp_path / "photos" / "b.jpg", "Where?", ()),
    ]


def test_csv_that_only_asks(tmp_path):
    (tmp_path / "q.csv").write_text("image,question\na.jpg,What?\n")
    assert read_questions(tmp_path / "q.csv")[0].answers == ()


def test_results_in_the_official_form_are_read(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"question_id": 420, "answer": "cat"}, {"question_id": "x", "answer": "zwölf"}]))
    assert read_vqa_results(path) == {420: "cat", "x": "zwölf"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.txt", "what is it ?\ncup\n", "q.txt line 1: a question ends like `… in the image7 ?`, not 'what is it ?'"),
        ("q.txt", "what in the image1 ?\ncup\nwho in the image2 ?\n", "q.txt line 3: this question has no answer on"),
        ("q.txt", "what in the image1 ?\n\nwho in the image2 ?\nme\n", "q.txt line 1: this question has no answer on"),
        ("q.txt", "\n", "q.txt holds no questions"),
        ("q.jsonl", '{"image": "a.jpg", "question": "?"}\n{"image"}', "q.jsonl line 2 is not JSON: "),
        ("q.jsonl", "[1]", "q.jsonl line 1 has no 'image'"),
        ("q.jsonl", '{"image": "a.jpg"}', "q.jsonl line 1 has no 'question'"),
        ("q.jsonl", '{"image": "a.jpg", "question": " "}', "q.jsonl line 1: 'question' is empty"),
        ("q.jsonl", '{"image": 3, "question": "?"}', "q.jsonl line 1: 'image' must be str, not 3"),
        ("q.jsonl", '{"image": "a", "question": "?", "answer": 2}', "q.jsonl line 1: an answer is a text, or a list"),
        ("q.jsonl", '{"image": "a", "question": "?", "answer": [""]}', "q.jsonl line 1: an answer is a text, or a"),
        ("q.jsonl", '{"image": "a", "question": "?", "id": true}', "q.jsonl line 1: 'id' must be int or str, not True"),
        ("q.jsonl", '{"image": "a", "question": "?", "id": 2}\n' * 2, "q.jsonl: the question id 2 stands twice; ids"),
        ("q.csv", "image,answer\na,b\n", "q.csv line 1: no column question, only image, answer; a header image,"),
        ("q.csv", "", "q.csv line 1: no column image and question; a header"),
        ("q.csv", "image,question,answer\na,?,b,c\n", "q.csv line 2 has more fields than the header; put a field that"),
        ("q.csv", "image,question\n\na,\n", "q.csv line 3 has no 'question'"),
        ("q.csv", 'image,question\na,"?\n', "q.csv line 2 is not CSV: "),
        ("q.csv", "image,question,answer\na,?,[b]\n", "q.csv line 2: the answer begins with [ but is no JSON list"),
        ("q.json", "7", "q.json has no 'questions'"),
        ("q.json", '[{"image": "a"}]', "q.json entry 1 has no 'question'"),
        (
            "q.jsonl",
            '{"image": "a", "question": "?", "question_type": []}',
            "q.jsonl line 1: 'question_type' must be str",
        ),
        ("q.csv", "Image;Caption\na;b\n", "q.csv line 1 is of a table of captions, and questions are needed"),
        ("q.json", '{"questions": [{"image_id": 1, "question": "?"}]}', "q.json question 1 has no 'question_id'"),
        ("q.json", '{"questions": [{"question_id": 1, "image_id": "a"}]}', "q.json question 1: 'image_id' must be int"),
        ("q.json", '{"questions": []}', "q.json holds no questions"),
        ("q.xls", "", "q.xls: questions are read from .json (VQA), .txt (DAQUAR), .jsonl, .csv and .tsv"),
    ],
)
def test_malformed_questions(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path}/{message}")):
        read_questions(tmp_path / name)


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        (ANSWERED[:1], "annotations.json has no annotation of question 420 of "),
        ([{"answers": []}], "annotations.json annotation 1 has no 'question_id'"),
        ([{"question_id": 420}, *ANSWERED[:1]], "annotations.json question 420 has no 'answers'"),
        ([{"question_id": 420, "answers": [{}]}], "annotations.json question 420 has no 'answer'"),
        (
            [{"question_id": 420, "image_id": 8, "answers": ten("cat")}],
            "annotations.json question 420 is about photo 8, and among the questions about 42",
        ),
    ],
)
def test_annotations_that_do_not_fit(tmp_path, annotations, message):
    questions, answers = vqa_files(tmp_path, ASKED, annotations)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path}/{message}")):
        read_questions(questions, answers)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("names.json", '{"images": [{"id": 7, "file_name": "a"}]}', "question 1 is about photo 42, which the image"),
        ("names.json", '{"images": [{"file_name": "a"}]}', "names.json image 1 has no 'id'"),
        ("names.txt", "image42\nkitchen\n", "names.txt line 2: a line names a photo by its number, like image7, not"),
    ],
)
def test_image_names_that_do_not_fit(tmp_path, name, content, message):
    questions, _ = vqa_files(tmp_path, ASKED)
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=re.escape(message)):
        read_questions(questions, image_names=tmp_path / name)


def test_a_split_without_questions(tmp_path):
    (tmp_path / "qa.txt").write_text(DAQUAR)
    (tmp_path / "split.txt").write_text("image1\n")
    with pytest.raises(ValueError, match=r"qa.txt holds no questions about the listed photos$"):
        read_questions(tmp_path / "qa.txt", image_names=tmp_path / "split.txt")


def test_a_table_has_neither_annotations_nor_image_names(tmp_path):
    table, other = tmp_path / "q.csv", tmp_path / "other.json"
    with pytest.raises(ValueError, match=r"other.json: only VQA's .json has its answers in a second file; leave"):
        read_questions(table, other)
    with pytest.raises(ValueError, match=r"other.json: .*q.csv names its photos itself; leave the image names out$"):
        read_questions(table, image_names=other)


@pytest.mark.parametrize("name", ["q.json", "q.txt", "q.jsonl", "q.csv"])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=rf"{name}: no such file$"):
        read_questions(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "results.json is no result file: that is a list of question_id and answer"),
        ('[{"answer": "cat"}]', "results.json result 1 has no 'question_id'"),
        ('[{"question_id": 1}]', "results.json result 1 has no 'answer'"),
        (
            '[{"question_id": 1, "answer": "a"}, {"question_id": 1, "answer": "b"}]',
            "results.json result 2 answers question 1 a second time",
        ),
    ],
)
def test_malformed_results(tmp_path, content, message):
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path}/{message}")):
        read_vqa_results(tmp_path / "results.json")


@pytest.mark.real
@pytest.mark.parametrize(("split", "count", "single"), [("train", 6795, 6149), ("test", 5673, 5076)])
def test_daquar_is_the_same_in_its_text_and_in_the_layout_of_vqa(shared, split, count, single):
    folder = shared / "data" / "daquar"
    as_vqa = read_questions(folder / f"questions_{split}.json", folder / f"annotations_{split}.json")
    original = folder / "original"
    listed = original / f"{split}_images_list.txt"
    as_text = read_questions(original / "all_qa_pairs.txt", images=folder / "images", image_names=listed)
    assert len(as_vqa) == count
    assert all(question.path.is_file() for question in as_vqa)
    assert {(q.id, q.image_id, q.path, q.text, q.answers[0]) for q in as_vqa} == {
        (q.id, q.image_id, q.path, q.text, q.answers[0]) for q in as_text
    }
    assert Counter(len(question.answers) for question in as_vqa) == {10: count}
    assert len(single_answers(as_text)) == len(single_answers(as_vqa)) == single


@pytest.mark.parametrize(
    ("name", "text", "asks"),
    [
        ("q.json", '{"questions": [], "data_type": "mscoco"}', True),
        ("c.json", '{"images": [], "annotations": []}', False),
        ("list.json", "[]", False),
        ("q.txt", "\nwhat is on the table in the image7 ?\ncup\n", True),
        ("tokens.txt", "1000.jpg#0\tA dog .\n", False),
        ("q.csv", "image,question,answer\na.jpg,what?,dog\n", True),
        ("c.csv", "image,caption\na.jpg,a dog asks a question\n", False),
        ("q.jsonl", '{"image": "a.jpg", "question": "what?"}\n', True),
        ("c.jsonl", '{"image": "a.jpg", "caption": "a \\"question\\" mark"}\n', False),
        ("empty.csv", "", False),
        ("other.token", "question\n", False),
    ],
)
def test_a_file_tells_whether_it_holds_questions(tmp_path, name, text, asks):
    (tmp_path / name).write_text(text)
    assert holds_questions(tmp_path / name) == asks


def test_answers_lie_beside_their_questions(tmp_path):
    questions = tmp_path / "questions_val.json"
    assert annotations_beside(questions) is None
    (tmp_path / "annotations_val.json").touch()
    assert annotations_beside(questions) == tmp_path / "annotations_val.json"
    assert annotations_beside(tmp_path / "annotations_val.json") is None
    (tmp_path / "v2_mscoco_val2014_annotations.json").touch()
    official = tmp_path / "v2_OpenEnded_mscoco_val2014_questions.json"
    assert annotations_beside(official) == tmp_path / "v2_mscoco_val2014_annotations.json"
    assert annotations_beside(tmp_path / "questions.csv") is None


@pytest.mark.real
@pytest.mark.parametrize(("split", "count"), [("train", 9131), ("val", 1260), ("test", 1412)])
def test_statements_are_read_as_questions(shared, split, count):
    file = shared / f"data/flickr8k_statements/statements_{split}.jsonl"
    asked = read_questions(file, images=shared / "data/flickr8k/images")
    assert len(asked) == count
    assert {answer for one in asked for answer in one.answers} == {"yes", "no", "maybe"}
    assert all(len(one.answers) == 1 and one.path.is_file() for one in asked)
