"""Where the time of a piece of work goes, by kinds of operations: what a ratio that is not reached has in its way."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

KINDS = {
    "matrix products": ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm"),
    "softmax and loss": ("aten::_log_softmax", "aten::_log_softmax_backward_data", "aten::nll_loss_forward"),
    "random numbers of dropout": ("aten::bernoulli_", "aten::native_dropout"),
    "choosing words": ("aten::topk", "aten::sort", "aten::gather", "aten::amax"),
}
ATTENTION = ("_AdditiveScores", "_AdditiveScoresBackward")
"""Of these everything inside counts; no product of `KINDS` is."""


def shares(work: Callable[[], Any], device: torch.device) -> dict[str, float]:
    """The share of each kind in the time of one run, largest first; they add up to 1.

    Small operations are all that are not named. The last kind is what no operation accounts for: Python between them,
    and waiting. A profiler slows both down, so their shares are upper bounds.
    """
    work()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with profile(activities=activities) as record:
        begun = perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds = perf_counter() - begun
    own, whole = ("self_cpu_time_total", "cpu_time_total")
    if device.type == "cuda":
        own, whole = ("self_device_time_total", "device_time_total")
    events = record.key_averages()

    def sum_of(names: tuple[str, ...], attribute: str) -> float:
        return float(sum(getattr(event, attribute) for event in events if event.key in names)) / 1e6

    found = {kind: sum_of(names, own) for kind, names in KINDS.items()}
    found["attention scores"] = sum_of(ATTENTION, whole)
    everything = float(sum(getattr(event, own) for event in events)) / 1e6
    found["small operations"] = max(0.0, everything - sum(found.values()))
    found["between operations"] = max(0.0, seconds - everything)
    total = sum(found.values())
    return {kind: part / total for kind, part in sorted(found.items(), key=lambda pair: -pair[1])}


def told(parts: dict[str, float]) -> str:
    """The shares in a line, without those below one in a hundred."""
    return ", ".join(f"{kind} {part:.0%}" for kind, part in parts.items() if part >= 0.01)
