"""What is found is written with all that it depends on, and shown, the same way whatever was measured."""

import json

from captioner.evaluation.result import Result, Section
from captioner.models.provenance import provenance


def test_a_result_is_two_files_and_lines():
    one, other = Section({"scores": {"a": 0.5}}, ["a 50.00"]), Section({"b": [1]}, ["b", "c"])
    result = Result([{"image_id": 1, "caption": "a cat"}], one, {"epoch": 3}, [other])
    assert result.text == "a 50.00\nb\nc\n"
    assert result.content == {"scores": {"a": 0.5}, "made_with": provenance(), "bundle": {"epoch": 3}, "b": [1]}


def test_what_is_written_is_its_content(tmp_path):
    result = Result([{"question_id": 1, "answer": "two"}], Section({"scores": {}}, []), {})
    result.write(tmp_path / "out")
    assert json.loads((tmp_path / "out/results.json").read_text()) == [{"question_id": 1, "answer": "two"}]
    assert json.loads((tmp_path / "out/scores.json").read_text()) == result.content
