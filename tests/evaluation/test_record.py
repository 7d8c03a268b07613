"""A record holds the figures of a result and what they depend on, and nothing of the folders of the machine."""

import json
from pathlib import Path

from captioner.evaluation.record import Record, figures, shown_command
from captioner.evaluation.result import Result, Section
from captioner.machine import instructions, machine
from captioner.scoring.resample import Interval


def test_figures_are_scores_with_intervals_and_what_else_was_measured():
    scores = Section({"scores": {"bleu4": 0.2, "accuracy": 0.5}, "intervals": {"bleu4": [0.1, 0.3]}, "photos": 3}, [])
    measured = {"said": {"mass": {"attention": Interval(0.5, 0.4, 0.6)}, "kinds": {"dog": {"mass": 0.1}}}}
    found = figures(Result([], scores, {}, [Section({"attention": measured, "other": {"a": 1}}, [])]))
    assert found == {
        "bleu4": {"value": 0.2, "low": 0.1, "high": 0.3},
        "accuracy": 0.5,
        "attention/said/mass/attention": {"value": 0.5, "low": 0.4, "high": 0.6},
    }


def test_a_command_tells_no_folder_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["evaluate", f"{tmp_path}/data/c.json", "--model=/somewhere/else/bundle", "../x/boxes.zip", "--out", "/o"]
    shown = shown_command("captioner", [*words, "--record=r.json", "--beam", "5", "a b"], without=("--out", "--record"))
    assert shown == "captioner evaluate data/c.json --model=bundle boxes.zip --beam 5 'a b'"


def test_a_record_is_written_with_commit_machine_and_time(tmp_path):
    record = Record({"a": 1.0}, "captioner x", "by hand", 3, 2.345, made_with={"commit": "abc", "torch": "2"})
    record.write(tmp_path / "a.json")
    written = json.loads((tmp_path / "a.json").read_text())
    assert (written["commit"], written["made_with"], written["seed"]) == ("abc", {"torch": "2"}, 3)
    assert (written["seconds"], written["scores"]) == (2.3, {"a": 1.0})
    assert set(written["machine"]) == set(machine())
    assert written["machine"]["cores"] >= 1


def test_instructions_are_those_that_matter(tmp_path):
    (tmp_path / "x86").write_text("processor : 0\nflags\t\t: fpu avx2 hypervisor avx512f\n\nflags : sve\n")
    (tmp_path / "arm").write_text("Features\t: fp asimd bf16\n")
    assert instructions(tmp_path / "x86") == ["avx2", "avx512f"]
    assert instructions(tmp_path / "arm") == ["asimd", "bf16"]
    assert instructions(tmp_path / "none") is None
    assert instructions(Path("/dev/null")) == []
