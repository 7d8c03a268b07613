"""The comparison of cells: its table, and a whole one at a small size."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.paths import ROOT

SCRIPT = ROOT / "scripts" / "compare_cells.py"
SPEC = spec_from_file_location("compare_cells", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
comparison = module_from_spec(SPEC)
SPEC.loader.exec_module(comparison)


def test_both_comparisons_stand_in_one_table():
    captions, characters = comparison.Row("gru", 1234567, 30.04, 0.8612), comparison.Row("gru", 99, 5, 1.9994)
    assert comparison.table([captions], [characters]).splitlines()[2:] == [
        "| gru | 1,234,567 | 30.0 | 86.1 | 99 | 5.0 | 1.999 |"
    ]


@pytest.mark.slow
def test_a_training_that_fails_tells_what_it_said(tmp_path):
    work = comparison.Work("characters", "val/bits_per_character", "min", "model.core.cell", ["--data.text=none.txt"])
    with pytest.raises(ValueError, match=r"(?s)ended with 2 after 0 epochs.*none\.txt"):
        comparison.train(work, "rnn", tmp_path)


@pytest.mark.slow
def test_networks_are_trained_and_compared(tmp_path, monkeypatch, capsys):
    text = tmp_path / "text.txt"
    text.write_text("".join(f"{number} times {number} is {number * number}\n" for number in range(1000)))
    arguments = [str(tmp_path / "folder"), f"--text={text}", "--scenes=16", "--epochs=2", "--text-epochs=2"]
    monkeypatch.setattr("sys.argv", ["compare_cells.py", *arguments])
    monkeypatch.setattr(comparison, "get_args", lambda _: ("rnn", "gru"))  # half a minute less than with LSTMs
    comparison.main()
    printed = capsys.readouterr().out
    assert [line.split()[1] for line in printed.splitlines()[2:]] == ["rnn", "gru"]
    comparison.main()  # nothing is trained again, or it would be refused
    assert capsys.readouterr().out == printed
