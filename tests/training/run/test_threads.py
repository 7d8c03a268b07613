"""The number of threads of a training, chosen with a clock that stands still."""

import os
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from captioner.nn.threads import fix_threads, threads
from captioner.training.run.threads import Threads


class Machine:
    """A step of two texts takes so long with so many threads."""

    now = 0.0

    def __init__(self, device="cpu"):
        self.seconds = {1: 0.2, 2: 0.1}
        self.trainer = SimpleNamespace(strategy=SimpleNamespace(root_device=torch.device(device)))
        self.callback: Any = Threads("texts", len, clock=lambda: self.now)

    def step(self):
        self.callback.on_train_batch_start(self.trainer, None, "ab", 0)
        self.now += self.seconds[torch.get_num_threads()]
        used = torch.get_num_threads()
        self.callback.on_train_batch_end(self.trainer, None, None, "ab", 0)
        return used

    def validate(self, loader):
        self.callback.on_validation_batch_start(self.trainer, None, "ab", 0, loader)
        used = torch.get_num_threads()
        self.now += self.seconds[3 - used] if loader else self.seconds[used]
        self.callback.on_validation_batch_end(self.trainer, None, None, "ab", 0, loader)
        return used


@pytest.fixture
def two(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with threads(2):
        yield


@pytest.mark.usefixtures("two")
def test_steps_take_the_fastest_count_and_change_when_a_core_is_taken():
    machine = Machine()
    assert [machine.step() for _ in range(4)] == [2, 1, 2, 1]
    for _ in range(40):
        machine.step()
    assert machine.step() == 2
    machine.seconds[2] = 0.8
    for _ in range(40):
        machine.step()
    assert machine.step() == 1
    machine.callback.teardown(machine.trainer, None, "fit")
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two")
def test_captions_and_questions_are_validated_each_with_its_own_count():
    machine = Machine()
    for loader in [0, 1] * 20:
        machine.validate(loader)
    assert [machine.validate(0), machine.validate(1)] == [2, 1]


@pytest.mark.usefixtures("two")
def test_on_another_device_the_count_stays():
    machine = Machine("meta")
    assert {machine.step() for _ in range(9)} == {2}


@pytest.mark.usefixtures("two")
def test_a_fixed_count_is_never_measured():
    fix_threads(1)
    machine = Machine()
    assert {machine.step() for _ in range(9)} == {1}
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_a_count_that_cannot_be_is_refused(verb):
    with pytest.raises(ValueError, match=r"^--threads is 0, but must be a whole number from 1 to"):
        verb("fit", "--threads=0")
