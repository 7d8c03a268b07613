import pytest
import torch

from captioner.nn import precision
from captioner.nn.precision import ROUNDS, bfloat16_speed, fast_type, ratio


@pytest.mark.parametrize(
    ("speed", "wanted"), [(0.1, torch.float32), (1.1, torch.float32), (1.3, torch.bfloat16), (4.0, torch.bfloat16)]
)
def test_a_processor_takes_bfloat16_where_that_is_faster(monkeypatch, speed, wanted):
    monkeypatch.setattr(precision, "bfloat16_speed", lambda: speed)
    assert fast_type(torch.device("cpu")) == wanted


def test_what_a_processor_says_of_its_instructions_is_not_asked(monkeypatch):
    monkeypatch.setattr(precision, "bfloat16_speed", lambda: 0.5)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    assert fast_type(torch.device("cpu")) == torch.float32


def test_the_quickest_round_counts_and_the_first_one_warms_up():
    now, one, other = [0.0], iter([9, *[4] * (ROUNDS - 1), 2]), iter([0.1, *[1] * ROUNDS])

    def work(times):
        return lambda: now.__setitem__(0, now[0] + next(times))

    assert ratio(work(one), work(other), lambda: now[0]) == pytest.approx(2)


def test_this_processor_is_measured_once():
    assert bfloat16_speed() > 0
    assert bfloat16_speed() == bfloat16_speed()


@pytest.mark.parametrize(("able", "wanted"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_gpu_is_asked_without_its_emulation(monkeypatch, able, wanted):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: able or including_emulation)
    assert fast_type(torch.device("cuda")) == wanted


def test_other_devices_compute_in_float32(monkeypatch):
    monkeypatch.setattr(precision, "bfloat16_speed", lambda: 4.0)
    assert fast_type(torch.device("mps")) == torch.float32
