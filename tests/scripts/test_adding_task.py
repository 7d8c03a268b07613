"""The adding task: its sequences, a run that solves a short lag, its repetition by seed, table and figure."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest
import torch
from PIL import Image

from tests.paths import ROOT

SCRIPT = ROOT / "scripts" / "adding_task.py"
SPEC = spec_from_file_location("adding_task", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
adding = module_from_spec(SPEC)
SPEC.loader.exec_module(adding)


def test_two_numbers_are_marked_at_least_a_lag_before_the_end_and_sums_are_theirs():
    inputs, sums = adding.sequences(500, 20, torch.Generator().manual_seed(0))
    numbers, marks = inputs.unbind(dim=2)
    assert inputs.shape == (30, 500, 2)
    assert marks[:10].sum(dim=0).tolist() == marks[10:].sum(dim=0).tolist() == [1] * 500
    torch.testing.assert_close((numbers * marks).sum(dim=0), sums)
    assert marks[9].any()  # then exactly `lag` more follow
    assert float((sums - 1).square().mean()) == pytest.approx(adding.CHANCE, rel=0.2)


@pytest.mark.slow
def test_a_short_lag_is_solved_and_the_same_seed_gives_the_same_run():
    run = adding.Run("gru", 2, steps=700)
    result = adding.train(run)
    assert result.error < adding.SOLVED / 5
    assert result.steps < 700
    few = run._replace(steps=3)
    assert adding.train(few).error == adding.train(few).error != adding.train(few._replace(seed=1)).error


def test_table_and_figure(tmp_path):
    results = [
        adding.Result(adding.Run(cell, lag, 0), error, 1200)
        for cell, errors in {"rnn": (0.02, 0.166), "lstm": (0.01, 0.004), "gru": (0.01, 0.05)}.items()
        for lag, error in zip((10, 100), errors, strict=True)
    ]
    assert adding.table(results).splitlines()[2:] == [
        "| 10 | 0 | **0.020** (1200) | **0.010** (1200) | **0.010** (1200) |",
        "| 100 | 0 | 0.166 | **0.004** (1200) | 0.050 |",
    ]
    adding.draw(results, tmp_path / "adding.png")
    with Image.open(tmp_path / "adding.png") as picture:
        assert picture.width > 500


@pytest.mark.slow
def test_a_vanilla_rnn_fails_at_lag_100_where_lstm_and_gru_solve_it():
    gated = [adding.train(adding.Run(cell, 100)) for cell in ("lstm", "gru")]
    assert all(result.error < adding.SOLVED for result in gated)
    enough = max(result.steps for result in gated)
    assert adding.train(adding.Run("rnn", 100, steps=enough)).error > 0.12
