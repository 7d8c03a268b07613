import logging

import pytest
import torch

from captioner.training.run.precision import automatic


@pytest.mark.parametrize(("able", "wanted"), [(True, "bf16-mixed"), (False, "32-true")])
@pytest.mark.parametrize("accelerator", ["cpu", "auto"])
def test_auto_says_what_it_chooses(monkeypatch, caplog, accelerator, able, wanted):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": able})
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: None)
    with caplog.at_level(logging.INFO, "captioner"):
        assert automatic(accelerator) == wanted
    assert f"this cpu has{'' if able else ' no'} instructions for bfloat16" in caplog.text


def test_the_accelerator_is_asked_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("cuda"))
    assert automatic("auto") == automatic("gpu") == "bf16-mixed"
    assert automatic("cpu") == "32-true"
