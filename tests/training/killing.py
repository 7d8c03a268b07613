"""A training from a pack that is killed at random moments: its steps, beside those of one that was left alone."""

import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from captioner.cli.make.pack import count
from captioner.data.feed.packs import packing, rows
from captioner.data.feed.packs.packing import pack
from captioner.data.read.records import read_photos
from captioner.data.scenes.writing import make_scenes
from tests.training.conftest import SMALL
from tests.training.ranks import Steps, steps, train

STEPS = 4  # that a training takes before it is killed, at most
TIMES = 3  # the kill comes within this many times the mean duration of a step after the last of them


@dataclass
class Outcome:
    """What was seen.

    Attributes:
        kills: trainings that were killed at work.
        steps: of one that was left alone, of all its processes.
        again: those that were done more than once, since no checkpoint had them yet.
        bad: what is wrong; empty where nothing is.
    """

    kills: int = 0
    steps: int = 0
    again: int = 0
    bad: str = ""


def attack(folder: Path, *, ranks: int, kills: int, photos: int, epochs: int, seed: int) -> Outcome:
    """Trains once in peace, and once with kills.

    Args:
        folder: empty.
        ranks: processes.
        kills: of all of them at once.
        photos: made-up scenes to train on, in chunks of five.
        epochs: of the training.
        seed: of the moments.
    """
    os.chdir(folder)
    make_scenes(folder / "scenes", train=photos, val=3, test=1, size=32)
    (folder / "small.yaml").write_text(SMALL)
    read = read_photos(folder / "scenes/captions_train.json")
    packing.CHUNK = 5 * read[0].path.stat().st_size
    pack(rows.of_captions(read), folder / "pack", count)
    files = ["--data.train=pack", "--data.val=scenes/captions_val.json", f"--trainer.max_epochs={epochs}"]
    command = ["fit", "--config", "small.yaml", *files, "--data.batch_size=4", "--checkpoint_every=2"]
    command += ["--trainer.logger=CSVLogger", "--trainer.logger.save_dir=logs"]  # TensorBoard's pictures take long
    moments, outcome, pace = random.Random(seed), Outcome(), list[float]()

    def follow(children: list[int]) -> None:
        _wait(folder / "whole", 1, children[0])
        begin = time.monotonic()
        _wait(folder / "whole", sys.maxsize, children[0])
        pace.append((time.monotonic() - begin) / _lines(folder / "whole"))

    def kill(children: list[int]) -> None:
        _wait(folder / "cut", _lines(folder / "cut") + moments.randint(1, STEPS), children[0])
        time.sleep(moments.uniform(0, TIMES * pace[0]))
        for child in children:
            os.kill(child, signal.SIGKILL)

    if any(train([*command, "--run=runs/whole"], folder / "whole", ranks=ranks, watch=follow).codes):
        return Outcome(bad="the training in peace failed")
    codes = [-9]
    while outcome.kills < kills and -9 in codes:
        codes = train([*command, "--run=runs/cut", *_resume(folder)], folder / "cut", ranks=ranks, watch=kill).codes
        outcome.kills += -9 in codes
    if any(train([*command, "--run=runs/cut", *_resume(folder)], folder / "cut", ranks=ranks).codes):
        outcome.bad = "the last run failed"
    try:
        whole, cut = steps(folder / "whole", ranks), steps(folder / "cut", ranks)
    except AssertionError as error:
        outcome.bad = str(error)
        return outcome
    outcome.steps, outcome.again = len(whole), sum(_lines(folder / "cut", rank) for rank in range(ranks)) - len(cut)
    if whole != cut:
        outcome.bad = outcome.bad or "the steps are others"
    for epoch in range(epochs):
        if len(set(_places(cut, epoch))) != len(_places(cut, epoch)) or len(_places(cut, epoch)) != photos:
            outcome.bad = outcome.bad or f"epoch {epoch} has not every photo once"
    return outcome


def _places(found: Steps, epoch: int) -> list[int]:
    return [place for key, (seen, *_) in found.items() if key[0] == epoch for place in seen]


def _resume(folder: Path) -> list[str]:
    return ["--resume"] if (folder / "runs/cut/checkpoints/last.ckpt").is_file() else []


def _lines(log: Path, rank: int = 0) -> int:
    path = Path(f"{log}.{rank}")
    return len(path.read_text().splitlines()) if path.is_file() else 0


def _wait(log: Path, lines: int, child: int) -> None:
    """Until the training has written so many lines, or has ended."""
    while _lines(log) < lines and not _ended(child):
        time.sleep(0.001)


def _ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
