import json
from pathlib import Path

import pytest
import torch

from captioner.training.run.checkpoints import (
    WholeCheckpoints,
    check_fits,
    newest_checkpoint,
    read_checkpoint,
    warn_of_two_epochs,
)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run with a best checkpoint of epoch 0 and a last one of epoch 1."""
    for epoch, name in enumerate(("best", "last")):
        content = {"state_dict": {"a": torch.arange(500)}, "epoch": epoch}
        WholeCheckpoints().save_checkpoint(content, tmp_path / "checkpoints" / f"{name}.ckpt")
    return tmp_path


def test_a_run_goes_on_from_its_last_checkpoint(run, caplog):
    assert newest_checkpoint(run).name == "last.ckpt"
    assert not caplog.records
    assert sorted(path.name for path in (run / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_run_goes_on_from_the_newest_whole_checkpoint_and_says_so(run, damage, caplog):
    last = run / "checkpoints/last.ckpt"
    content = bytearray(last.read_bytes())
    content[content.index(torch.arange(500).numpy().tobytes()) + 9] ^= 1
    last.write_bytes(content if damage == "flipped" else content[: len(content) // 2])
    if damage == "gone":
        last.unlink()
    assert newest_checkpoint(run) == run / "checkpoints/best.ckpt"
    said = [record.message for record in caplog.records]
    assert str(last) in said[0]
    assert said[1] == f"going on from {run / 'checkpoints/best.ckpt'} instead"


def test_a_run_without_a_whole_checkpoint_cannot_go_on(run):
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(b"half")
    with pytest.raises(ValueError, match=r"no checkpoint of .* is whole, so it cannot go on; train anew, with another"):
        newest_checkpoint(run)


def test_a_kill_between_bundle_and_best_checkpoint_is_told(run, caplog):
    (run / "bundle").mkdir()
    for epoch in (0, 1):
        (run / "bundle/config.json").write_text(json.dumps({"about": {"epoch": epoch}}))
        warn_of_two_epochs(run)
    (record,) = caplog.records
    assert "best.ckpt is of epoch 0, and " in record.message
    assert "bundle of epoch 1: its training was ended between the two; `captioner fit --resume`" in record.message


def test_a_checkpoint_that_fits_passes(tmp_path):
    torch.save({"state_dict": {"a": torch.zeros(2)}}, tmp_path / "x.ckpt")
    check_fits(tmp_path / "x.ckpt", {"a": torch.ones(2)})


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"a": torch.zeros(3)}, r"1 tensors differ, as a, which is \(2,\) there and \(3,\) here"),
        ({"a": torch.zeros(2), "b": torch.zeros(1)}, r"as b, which is missing there and \(1,\) here"),
        ({}, r"as a, which is \(2,\) there and missing here"),
    ],
)
def test_one_that_does_not_is_refused(state, sentence, tmp_path):
    torch.save({"state_dict": {"a": torch.zeros(2)}}, tmp_path / "x.ckpt")
    with pytest.raises(ValueError, match=sentence):
        check_fits(tmp_path / "x.ckpt", state)


def test_damaged_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "x.ckpt"
    with pytest.raises(FileNotFoundError, match=r"x.ckpt: no such checkpoint"):
        read_checkpoint(path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ValueError, match=r"x.ckpt cannot be read as a checkpoint: "):
        read_checkpoint(path)
    torch.save({"weights": 1}, path)
    with pytest.raises(ValueError, match=r"x.ckpt is no checkpoint of captioner fit: it holds no state_dict"):
        read_checkpoint(path)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    torch.save({"state_dict": {}, "code": print}, tmp_path / "x.ckpt")
    with pytest.raises(ValueError, match=r"cannot be read as a checkpoint"):
        read_checkpoint(tmp_path / "x.ckpt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"state_dict": 5}, "is damaged: its state_dict is 5; take another"),
        ({"state_dict": {"words": 3}}, "is damaged: 'words' of its state_dict is no tensor"),
        ({"state_dict": {}, "epoch": "two"}, "is damaged: its epoch is 'two'"),
    ],
)
def test_what_stands_in_a_checkpoint_has_types(content, message, tmp_path):
    torch.save(content, tmp_path / "last.ckpt")
    with pytest.raises(ValueError, match=message):
        read_checkpoint(tmp_path / "last.ckpt")
