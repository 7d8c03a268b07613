import pytest
import torch

from captioner.training.run.checkpoints import check_fits, read_checkpoint


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
