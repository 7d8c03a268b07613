"""`captioner pretrain` on a few scenes, and what a recipe makes of its weights."""

import signal

import pytest

from captioner.cli.main import main
from captioner.data.scenes.writing import make_scenes
from captioner.nn.encoder.grid import GridEncoder
from captioner.training.objects import ObjectTask


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrain") / "scenes"
    make_scenes(folder, train=40, val=0, test=0)
    return folder


def test_its_weights_fit_the_encoder(scenes, capsys):
    assert main(["pretrain", str(scenes / "instances_train.json"), "--epochs", "1"]) == 0
    assert "encoder.safetensors: tells all kinds of objects right in" in capsys.readouterr().out
    encoder = GridEncoder("small", str(scenes / "encoder.safetensors"), trainable_stages=1)
    assert encoder.channels == 144
    assert not any(weight.requires_grad for weight in encoder.stem.parameters())
    assert all(weight.requires_grad for weight in encoder.tail.parameters())


def test_another_format_is_refused_before_the_training(scenes, tmp_path, capsys):
    assert main(["pretrain", str(scenes / "instances_train.json"), "--out", str(tmp_path / "w.pth")]) == 2
    assert "w.pth must end in .safetensors" in capsys.readouterr().err


def test_control_c_ends_with_code_130_and_writes_nothing(scenes, tmp_path, monkeypatch, capsys):
    def interrupted(self, batch, index):
        raise KeyboardInterrupt

    told = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(ObjectTask, "training_step", interrupted)
    assert main(["pretrain", str(scenes / "instances_train.json"), "--out", str(tmp_path / "w.safetensors")]) == 130
    assert capsys.readouterr().err.endswith("stopped\n")
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is told


def test_a_file_without_objects_is_refused(scenes, capsys):
    assert main(["pretrain", str(scenes / "captions_train.json")]) == 2
    assert "has no 'categories'" in capsys.readouterr().err
