"""`captioner score`: from files to the table, and which exit code tells what."""

import argparse
import json

import pytest

from captioner.cli.measure import score
from captioner.scoring.captions.scores import score_captions

REFERENCES = {1: ["a dog runs on grass", "the dog runs"], 2: ["a cat sits here"], 3: ["two men ride a bus"]}
SAID = {1: "a dog runs on grass", 2: "a cat sits there", 3: "a man rides a bus"}


def run(*arguments):
    parser = argparse.ArgumentParser()
    score.add_arguments(parser)
    return score.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def annotations(tmp_path):
    """COCO's captions file of the references."""
    content = {
        "images": [{"id": key, "file_name": f"{key}.jpg"} for key in REFERENCES],
        "annotations": [
            {"id": 10 * key + place, "image_id": key, "caption": caption}
            for key, captions in REFERENCES.items()
            for place, caption in enumerate(captions)
        ],
    }
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def files(tmp_path):
    """Writes result files."""

    def results(name, captions):
        path = tmp_path / name
        path.write_text(json.dumps([{"image_id": key, "caption": caption} for key, caption in captions.items()]))
        return path

    return results


def test_the_table_has_the_scores_of_the_library(files, annotations, capsys):
    assert run(files("said.json", SAID), annotations, "--format", "json") == 0
    content = json.loads(capsys.readouterr().out)
    assert {name: each["value"] for name, each in content["scores"].items()} == score_captions(SAID, REFERENCES).values
    assert all(each["low"] <= each["value"] <= each["high"] for each in content["scores"].values())
    assert content["count"] == 3
    assert content["facts"]["words in a caption"] == pytest.approx(14 / 3)
    assert content["facts"]["share that says a phrase twice"] == 0
    assert content["notes"] == ["METEOR and SPICE left out: not asked for, add --java"]


def test_plain_is_what_people_get(files, annotations, capsys):
    assert run(files("said.json", SAID), annotations) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["score", "x", "100", "value", "95%"]
    assert lines[1].startswith("BLEU-1 ")
    assert "3 photos; intervals: 95% of 1,000 sets drawn from them" in lines


def test_every_photo_and_the_table_are_written(files, annotations, tmp_path, capsys):
    each, table = tmp_path / "each.json", tmp_path / "table.md"
    options = "--per-image", each, "--out", table, "--format", "markdown"
    assert run(files("said.json", SAID), annotations, *options) == 0
    assert capsys.readouterr().out == ""
    assert table.read_text().startswith("| score x 100 |")
    first = json.loads(each.read_text())[0]
    assert first["image_id"] == 1
    assert first["caption"] == SAID[1]
    assert first["bleu1"] == score_captions(SAID, REFERENCES).per_image[1]["bleu1"]


def test_a_comparison_subtracts_the_other(files, annotations, capsys):
    worse = SAID | {1: "a bus"}
    said, other = files("said.json", SAID), files("other.json", worse)
    assert run(said, annotations, "--compare", other, "--format", "json") == 0
    content = json.loads(capsys.readouterr().out)
    expected = score_captions(SAID, REFERENCES).values["rouge_l"] - score_captions(worse, REFERENCES).values["rouge_l"]
    assert content["differences"]["rouge_l"]["value"] == pytest.approx(expected)


def test_training_captions_tell_what_is_new(files, annotations, capsys):
    training = annotations.with_name("training.csv")
    training.write_text("image,caption\nx.jpg,A cat sits there.\n")
    said = files("said.json", SAID)
    assert run(said, annotations, "--training", training, "--format", "json") == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert facts["captions not among the training captions"] == pytest.approx(2 / 3)


def test_missing_and_foreign_photos_are_named_and_the_code_tells(files, annotations, capsys):
    said = files("said.json", {1: SAID[1], 2: SAID[2], 77: "what"})
    assert run(said, annotations, "--format", "json") == 1
    content = json.loads(capsys.readouterr().out)
    assert content["count"] == 2
    assert content["notes"][:2] == [
        f"{said} lacks 1 photo (3): the scores are of the others",
        f"{said} has 1 photo (77) that the annotations lack: left out",
    ]
    only = score_captions({1: SAID[1], 2: SAID[2]}, {1: REFERENCES[1], 2: REFERENCES[2]})
    assert content["scores"]["cider_d"]["value"] == only.values["cider_d"]


def test_photos_without_captions_in_the_annotations_are_not_asked_for(files, annotations, capsys):
    content = json.loads(annotations.read_text())
    content["images"].append({"id": 9, "file_name": "9.jpg"})
    annotations.write_text(json.dumps(content))
    assert run(files("said.json", SAID), annotations) == 0
    capsys.readouterr()


def test_ids_as_text_are_one_sentence(files, annotations):
    said = files("said.json", {str(key): caption for key, caption in SAID.items()})
    with pytest.raises(
        ValueError, match=r"none of the 3 photos of the annotations: its ids are like '1', theirs like 1$"
    ):
        run(said, annotations)


def test_java_is_asked_only_on_demand(files, annotations, capsys, monkeypatch):
    from captioner.scoring.captions import java

    monkeypatch.setattr(java, "missing", lambda: {"meteor": "no java", "spice": "no models"})
    assert run(files("said.json", SAID), annotations, "--java") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["METEOR left out: no java", "SPICE left out: no models"]


@pytest.fixture
def answers(tmp_path):
    """VQA files of three questions, answered by ten people each."""
    people = {1: ["red"] * 10, 2: ["2"] * 5 + ["3"] * 5, 3: ["yes"] * 10}
    questions = [{"question_id": key, "image_id": 1, "question": f"what {key}?"} for key in people]
    annotations = [
        {
            "question_id": key,
            "image_id": 1,
            "question_type": "what",
            "answer_type": "number" if key == 2 else "other",
            "answers": [{"answer": answer, "answer_id": place} for place, answer in enumerate(given, 1)],
        }
        for key, given in people.items()
    ]
    (tmp_path / "questions.json").write_text(json.dumps({"questions": questions, "data_subtype": "val2014"}))
    (tmp_path / "annotations.json").write_text(json.dumps({"annotations": annotations}))
    said = [
        {"question_id": 1, "answer": "red"},
        {"question_id": 2, "answer": "two"},
        {"question_id": 3, "answer": "no"},
    ]
    (tmp_path / "said.json").write_text(json.dumps(said))
    return tmp_path


def test_answers_are_scored_by_vqa_accuracy(answers, capsys):
    arguments = answers / "said.json", answers / "annotations.json", "--questions", answers / "questions.json"
    assert run(*arguments, "--format", "json", "--per-image", answers / "each.json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["scores"]["accuracy"]["value"] == pytest.approx(2 / 3)
    assert content["items"] == "questions"
    assert content["facts"]["accuracy of answers of type number"] == pytest.approx(1)
    each = json.loads((answers / "each.json").read_text())
    assert each[2] == {"question_id": 3, "answer": "no", "accuracy": 0}


def test_answers_without_questions_are_one_sentence(answers):
    with pytest.raises(ValueError, match=r"holds answers to VQA's questions: add --questions FILE$"):
        run(answers / "said.json", answers / "annotations.json")
