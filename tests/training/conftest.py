"""A few made-up scenes, and `fit` as the command line runs it, on a network that trains in a second."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from captioner.data.scenes.writing import make_scenes
from captioner.training.run.cli import run

Verb = Callable[..., int]
SMALL = """
monitor: val/bleu4_greedy
data:
  image: {size: 32, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}
  min_count: 1
  batch_size: 4
model:
  network:
    encoder: {name: small, weights: none, trainable_stages: 3}
    core: {cell: gru, embedding: 16, state: 24, grid: 16, width: 8}
    dropout: 0.1
  learning_rate: 5.0e-3
  encoder_learning_rate: 5.0e-3
trainer:
  accelerator: cpu
  devices: 1
  max_epochs: 2
  enable_progress_bar: false
"""


@pytest.fixture(scope="session")
def scenes(tmp_path_factory) -> Path:
    """Eight scenes to train on, three to validate, three to test."""
    folder = tmp_path_factory.mktemp("training") / "scenes"
    make_scenes(folder, train=8, val=3, test=3, size=32)
    (folder / "small.yaml").write_text(SMALL)
    return folder


@pytest.fixture
def own_folder(tmp_path, monkeypatch) -> Iterator[Path]:
    """A folder to train in, without TensorBoard, whose pictures take long; Ctrl-C is then what it was."""

    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr("captioner.training.run.telling.metrics.TensorBoardLogger", absent)
    monkeypatch.chdir(tmp_path)
    told = signal.getsignal(signal.SIGINT)
    yield tmp_path
    signal.signal(signal.SIGINT, told)


@pytest.fixture
def verb(scenes, own_folder) -> Verb:
    """`verb("fit", "--run", "x")` with the small recipe and the scenes."""

    def call(name: str, *arguments: object, **data: Path) -> int:
        files = {split: scenes / f"captions_{split}.json" for split in ("train", "val", "test")} | data
        named = [f"--data.{split}={file}" for split, file in files.items()]
        return run([name, "--config", str(scenes / "small.yaml"), *named, *map(str, arguments)])

    return call
