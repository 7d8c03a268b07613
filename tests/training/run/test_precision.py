import logging

import pytest
import torch

from captioner.nn import precision
from captioner.training.run import cli
from captioner.training.run import precision as own
from captioner.training.run.precision import automatic, tiny_numbers_as_zero


@pytest.mark.parametrize(("speed", "wanted"), [(3.14, "bf16-mixed"), (0.14, "32-true")])
@pytest.mark.parametrize("accelerator", ["cpu", "auto"])
def test_auto_says_what_it_chooses(monkeypatch, caplog, accelerator, speed, wanted):
    for module in (own, precision):
        monkeypatch.setattr(module, "bfloat16_speed", lambda: speed)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: None)
    with caplog.at_level(logging.INFO, "captioner"):
        assert automatic(accelerator) == wanted
    assert f"bfloat16 is {speed:.2g} times as fast as float32 here" in caplog.text


def test_the_accelerator_is_asked_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(precision, "bfloat16_speed", lambda: 0.1)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("cuda"))
    assert automatic("auto") == automatic("gpu") == "bf16-mixed"
    assert automatic("cpu") == "32-true"


def test_tiny_numbers_are_zero_in_a_training_and_afterwards_as_before():
    def tiny() -> float:
        return float(torch.tensor(1e-39) * 1)

    assert tiny() > 0
    with tiny_numbers_as_zero():
        assert tiny() == 0
        with tiny_numbers_as_zero():
            pass
        assert tiny() == 0
    assert tiny() > 0


def test_a_training_takes_tiny_numbers_as_zero(monkeypatch):
    seen: list[float] = []
    monkeypatch.setattr(cli, "CaptionerCLI", lambda *_, **__: seen.append(float(torch.tensor(1e-39) * 1)))
    assert cli.run(["fit"]) == 0
    assert seen == [0]
