"""One seed, `--seed_everything`, governs a whole run: its first weights, and order, dropout and what is drawn."""

from pathlib import Path

import pytest
import torch

from captioner.training.data.pairs import PairData
from captioner.training.data.photos import CaptionData
from captioner.training.seed import run_seed

FILES = Path("train.jsonl"), Path("val.jsonl")


@pytest.mark.parametrize("data", [CaptionData, PairData])
def test_data_have_the_seed_of_the_run_unless_they_are_given_their_own(data, monkeypatch):
    monkeypatch.setenv("PL_GLOBAL_SEED", "3")
    assert (data(*FILES).seed, data(*FILES, seed=5).seed, run_seed()) == (3, 5, 3)
    monkeypatch.delenv("PL_GLOBAL_SEED")
    assert (data(*FILES).seed, data(*FILES, seed=5).seed, run_seed()) == (0, 5, 0)


@pytest.mark.slow
def test_runs_from_one_bundle_differ_by_their_seeds_alone(verb, tmp_path):
    assert verb("fit", "--run=start", "--trainer.max_epochs=1") == 0
    further = (
        "--model.start_from=start/bundle",
        "--trainer.max_epochs=1",
        "--model.network.dropout=0.2",
        "--threads=1",
    )
    for run, seed in (("one", 1), ("again", 1), ("other", 2)):
        assert verb("fit", f"--run={run}", f"--seed_everything={seed}", "--threads=1", *further) == 0
    one, again, other = (
        torch.load(tmp_path / run / "checkpoints/last.ckpt")["state_dict"]["network.words.weight"]
        for run in ("one", "again", "other")
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
