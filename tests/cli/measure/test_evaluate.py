"""`captioner evaluate` on captions: files, table, code."""

import json

import pytest

from captioner.cli.main import main
from tests import two_heads
from tests.paths import FIXTURES


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


def test_scores_are_written_and_shown(bundle, tmp_path, capsys):
    arguments = [str(bundle), str(FIXTURES / "captions_val.json"), "--out", str(tmp_path / "out"), "--method=greedy"]
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
    arguments = [str(bundle), str(FIXTURES / "captions_val.json"), "--split", str(tmp_path / "list.txt")]
    assert main(["evaluate", *arguments, "--out", str(tmp_path / "out")]) == 0
    assert [entry["image_id"] for entry in json.loads((tmp_path / "out/results.json").read_text())] == [1_000_001]


def test_a_data_set_that_is_not_there_is_one_sentence(bundle, capsys):
    assert main(["evaluate", str(bundle), "nowhere.json"]) == 2
    assert capsys.readouterr().err == "captioner evaluate: nowhere.json: no such file\n"
