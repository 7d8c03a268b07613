"""`captioner evaluate` on captions: files, table, code."""

import json

import pytest

from captioner.cli.main import main
from captioner.models import provenance
from tests import two_heads
from tests.paths import FIXTURES


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


def test_scores_are_written_and_shown(bundle, tmp_path, capsys):
    arguments = [
        "--model",
        str(bundle),
        str(FIXTURES / "captions_val.json"),
        "--out",
        str(tmp_path / "out"),
        "--method=greedy",
    ]
    assert main(["evaluate", *arguments]) == 0
    out = capsys.readouterr().out
    assert "BLEU-4" in out
    assert "CIDEr" in out
    assert "share that says a phrase twice: " in out
    assert len(json.loads((tmp_path / "out/results.json").read_text())) == 2
    written = json.loads((tmp_path / "out/scores.json").read_text())
    assert written["photos"] == 2
    assert written["search"]["method"] == "greedy"
    assert written["data"]["file"].endswith("captions_val.json")


def test_a_list_chooses_photos(bundle, tmp_path):
    (tmp_path / "list.txt").write_text("val_000001.png\n")
    arguments = ["--model", str(bundle), str(FIXTURES / "captions_val.json"), "--split", str(tmp_path / "list.txt")]
    assert main(["evaluate", *arguments, "--out", str(tmp_path / "out")]) == 0
    assert [entry["image_id"] for entry in json.loads((tmp_path / "out/results.json").read_text())] == [1_000_001]


def test_a_data_set_that_is_not_there_is_one_sentence(bundle, capsys):
    assert main(["evaluate", "--model", str(bundle), "nowhere.json"]) == 2
    assert capsys.readouterr().err == "captioner evaluate: nowhere.json: no such file\n"


def test_photos_without_captions_are_captioned_and_said_not_to_be_scored(bundle, tmp_path, capsys):
    images = json.loads((FIXTURES / "captions_val.json").read_text())["images"]
    (tmp_path / "image_info.json").write_text(json.dumps({"images": images}))
    arguments = ["--model", str(bundle), str(tmp_path / "image_info.json"), "--images", str(FIXTURES / "images")]
    assert main(["evaluate", *arguments, "--out", str(tmp_path / "out"), "--method=greedy"]) == 0
    out = capsys.readouterr().out
    assert "not scored: 2 of 2 photos have no caption" in out
    assert "BLEU" not in out
    results = json.loads((tmp_path / "out/results.json").read_text())
    assert [set(one) for one in results] == [{"image_id", "caption"}] * 2


def test_questions_without_answers_and_with_those_beside_them(bundle, tmp_path, capsys):
    image = json.loads((FIXTURES / "captions_val.json").read_text())["images"][0]["file_name"]
    (tmp_path / "names.json").write_text(json.dumps({"images": [{"id": 1, "file_name": image}]}))
    asked = {"questions": [{"question_id": 3, "image_id": 1, "question": "what is it?"}]}
    (tmp_path / "v2_questions.json").write_text(json.dumps(asked))
    arguments = ["--model", str(bundle), str(tmp_path / "v2_questions.json"), "--images", str(FIXTURES / "images")]
    arguments += ["--image-names", str(tmp_path / "names.json"), "--out", str(tmp_path / "out")]
    assert main(["evaluate", *arguments]) == 0
    assert "not scored: 1 of 1 questions have no answers" in capsys.readouterr().out
    assert [set(one) for one in json.loads((tmp_path / "out/results.json").read_text())] == [{"question_id", "answer"}]
    note = {"question_id": 3, "image_id": 1, "answers": [{"answer": "red"}] * 10}
    (tmp_path / "v2_annotations.json").write_text(json.dumps({"annotations": [note]}))
    assert main(["evaluate", *arguments]) == 0
    assert capsys.readouterr().out.startswith("accuracy")


def test_a_record_is_kept_of_what_was_scored(bundle, tmp_path, capsys):
    arguments = ["--model", str(bundle), str(FIXTURES / "captions_val.json"), "--out", str(tmp_path / "out")]
    assert main(["evaluate", *arguments, "--method=greedy", "--record", str(tmp_path / "r.json")]) == 0
    assert capsys.readouterr().out.endswith(f"{tmp_path / 'r.json'}\n")
    record = json.loads((tmp_path / "r.json").read_text())
    scores = json.loads((tmp_path / "out/scores.json").read_text())
    assert record["scores"]["bleu1"]["value"] == scores["scores"]["bleu1"]
    assert [record["scores"]["bleu1"][end] for end in ("low", "high")] == scores["intervals"]["bleu1"]
    assert record["command"].startswith("captioner evaluate --model ")
    assert str(tmp_path) not in json.dumps(record)
    assert record["seconds"] > 0


def test_a_record_names_the_commit_that_the_command_began_on(bundle, tmp_path, monkeypatch):
    commits = iter(["before", "after", "later"])
    monkeypatch.setattr(provenance, "commit", lambda folder: next(commits))
    arguments = ["--model", str(bundle), str(FIXTURES / "captions_val.json"), "--out", str(tmp_path / "out")]
    assert main(["evaluate", *arguments, "--method=greedy", "--record", str(tmp_path / "r.json")]) == 0
    assert json.loads((tmp_path / "r.json").read_text())["commit"] == "before"
    assert json.loads((tmp_path / "out/scores.json").read_text())["made_with"]["commit"] == "after"


def test_a_record_is_json(bundle, capsys):
    assert main(["evaluate", "--model", str(bundle), "x.json", "--record", "r.txt"]) == 2
    assert capsys.readouterr().err == "captioner evaluate: --record r.txt must end in .json\n"
