"""The table in its three formats."""

import json

import pytest

from captioner.scoring.resample import Interval
from captioner.scoring.table import Report, write

SCORES = {"bleu4": Interval(0.25, 0.2, 0.301), "cider_d": Interval(1.1, 1.0, 1.2)}
ALONE = Report(
    1234, "photos", SCORES, facts={"different words": 12500, "distinct-1": 0.25}, notes=["SPICE left out: no Java"]
)
COMPARED = Report(
    2, "photos", SCORES, differences={"bleu4": Interval(-0.01, -0.02, 0.003), "cider_d": Interval(0, 0, 0)}
)


def test_the_plain_table():
    assert write(ALONE, "plain").splitlines() == [
        "score x 100              value              95%",
        "BLEU-4                   25.00    20.00 … 30.10",
        "CIDEr-D (COCO's CIDEr)  110.00  100.00 … 120.00",
        "",
        "1,234 photos; intervals: 95% of 1,000 sets drawn from them",
        "different words: 12,500",
        "distinct-1: 0.2500",
        "SPICE left out: no Java",
    ]


def test_the_markdown_table_with_a_comparison():
    assert write(COMPARED, "markdown").splitlines()[:3] == [
        "| score x 100 | value | 95% | difference | 95% |",
        "|---|--:|--:|--:|--:|",
        "| BLEU-4 | 25.00 | 20.00 … 30.10 | -1.00 | -2.00 … +0.30 |",
    ]


def test_json_has_everything_unscaled():
    content = json.loads(write(COMPARED, "json"))
    assert content["scores"]["cider_d"] == {"value": 1.1, "low": 1.0, "high": 1.2}
    assert content["differences"]["bleu4"]["value"] == pytest.approx(-0.01)
    assert (content["count"], content["items"], content["resamples"], content["interval"]) == (2, "photos", 1000, 0.95)


def test_one_photo_has_no_cider_and_a_note_says_why():
    scores = {"bleu4": Interval(0.5, 0.5, 0.5), "cider": Interval(0, 0, 0)}
    for form in ("plain", "markdown", "json"):
        assert ("CIDEr says nothing: score more photos" in write(Report(1, "photos", scores), form)) is True
        assert "CIDEr says nothing" not in write(Report(2, "photos", scores), form)
        assert "CIDEr says nothing" not in write(Report(1, "questions", {"accuracy": scores["bleu4"]}), form)
