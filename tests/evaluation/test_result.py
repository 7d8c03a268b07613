"""What is found is written with all that it depends on, and shown, the same way whatever was measured."""

import json

from captioner.evaluation.result import Result, Section, attention_section
from captioner.models.provenance import provenance
from captioner.scoring.attention import AttentionScores, Measured


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


def test_attention_stands_beside_maps_that_do_not_look():
    section = attention_section(AttentionScores(3, 1, Measured(0.5, 0.25, 0.125), Measured(0.75, 0.5, 0.25)))
    assert section.lines == [
        "pointing  50.00   (uniform 25.00, centred 12.50)",
        "mass      75.00   (uniform 50.00, centred 25.00)",
        "3 words name an object that is there; 1 name one that is not",
    ]
    assert section.content["attention"]["mass"] == {"attention": 0.75, "uniform": 0.5, "centre": 0.25}
