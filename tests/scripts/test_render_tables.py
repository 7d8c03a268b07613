"""The tables of README and docs are what the records say, every record is in one, and rows of several seeds say so."""

import json
import sys

import pytest

from captioner.files import read_text
from tests.paths import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import render_tables
from tables.records import FIELDS, Records

MACHINE = {"architecture", "cores", "instructions", "memory_gb", "accelerator", "load"}
RECORD = dict.fromkeys(FIELDS) | {"source": "by hand", "settings": {"epochs": 8}}


@pytest.fixture
def results(tmp_path):
    """Writes records and a table `t`, and renders it."""
    folder = tmp_path / "results"

    def write(table: str, **records: object) -> str:
        (folder / "t").mkdir(parents=True)
        (folder / "t/table.yaml").write_text(table)
        for name, scores in records.items():
            (folder / f"t/{name}.json".replace("__", ".")).write_text(json.dumps(RECORD | {"scores": scores}))
        return render_tables.rendered("t", Records(folder))

    return write


@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="docs/ is not part of a source archive")
def test_all_tables_are_as_the_records_have_them_and_no_record_is_left_out():
    records = Records(ROOT / "results")
    named = []
    for path in render_tables.pages(ROOT):
        text = read_text(path)
        assert render_tables.page(text, records) == text, f"{path.name}: run scripts/render_tables.py"
        named += [match[2] for match in render_tables.TABLE.finditer(text)]
    assert sorted(named) == sorted(path.parent.name for path in records.folder.rglob("table.yaml"))
    assert sorted(records.read) == sorted(records.folder.rglob("*.json"))


def test_a_record_says_nothing_of_the_machine_but_its_kind():
    for path in (ROOT / "results").rglob("*.json"):
        content = json.loads(read_text(path))
        words = (content["command"] or "").split()
        assert not [word for word in words if word.startswith(("/", "~")) or "=/" in word], path
        assert set(content["machine"] or ()) <= MACHINE, path


TABLE = """
head: network
columns:
  - [epochs, "{epochs}"]
  - [BLEU-4, "{bleu4:.1p}"]
  - [CIDEr, "{cider_d:.1p} ({cider_d.low:.1p} to {cider_d.high:.1p})", "{cider_d:.1p}"]
rows:
  - [GRU, gru]
  - [LSTM, lstm]
  - [chance, ["", "{t/gru.bleu4:.0p}", none]]
"""


def test_a_row_shows_scores_intervals_and_what_is_missing(results):
    gru = {"bleu4": 0.2314, "cider_d": {"value": 0.592, "low": 0.55, "high": 0.63}}
    assert results(TABLE + "missing: –", gru=gru, lstm={"cider_d": 0.5}) == (
        "| network | epochs | BLEU-4 | CIDEr |\n|---|--:|--:|--:|\n"
        "| GRU | 8 | 23.1 | 59.2 (55.0 to 63.0) |\n| LSTM | 8 | – | 50.0 |\n| chance | | 23 | none |\n\nOne seed.\n"
    )


def test_several_seeds_are_mean_and_standard_deviation(results):
    seeds = {f"gru__seed{seed}": {"bleu4": value} for seed, value in enumerate((0.20, 0.22, 0.27))}
    text = results(TABLE, lstm={"bleu4": 0.2, "cider_d": 0.6}, **seeds)
    assert "| GRU | 8 | 23.0 ± 3.6 | |\n| LSTM | 8 | 20.0 | 60.0 |" in text
    assert text.endswith("\n\n±: standard deviation over 3 seeds; figures without it are of one seed.\n")


def test_a_table_without_chance_says_nothing_of_seeds_and_text_stands_to_the_left(results):
    table = 'head: ""\ncolumns: [[what, "{what}"], [n, "{n:~}"], [beside, "{_b.n:~}"]]\nrows: [[x, a]]\n'
    text = results(table + "left: [what]\nseeds: false", a={"what": "a thing", "n": 12345.6}, a_b={"n": 0.98765})
    assert text == "| | what | n | beside |\n|---|---|--:|--:|\n| x | a thing | 12,346 | 0.988 |\n"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (TABLE, r"there is no record results/t/lstm\.json, and none of a seed beside it"),
        (TABLE.replace("lstm", "gru").replace("{bleu4", "{blue4"), "no record has what its column 'BLEU-4' names"),
        (TABLE.replace("lstm", "gru").replace("t/gru.b", "t/gru.x"), "record t/gru has no xleu4"),
        (TABLE.replace("lstm", "gru").replace(", none", ""), "'chance' has 2 cells for 3 columns"),
        (TABLE.replace("head", "heads"), "must have head, columns, rows"),
    ],
)
def test_a_fault_is_one_sentence(results, table, sentence):
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        results(table, gru={"bleu4": 0.2, "cider_d": 0.5})


def test_what_is_no_record_is_one_sentence(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ValueError, match=r"a\.json is no record: it must have command, commit"):
        Records(tmp_path).figures("a")
