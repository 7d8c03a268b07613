"""What must be true of a bundle's weights before a network takes them: finite, and as many as there are words."""

from pathlib import Path

import torch
from torch import Tensor

HALVES = (torch.float16, torch.bfloat16)


def sound(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The same weights, in float32.

    Args:
        state: what the file holds.
        path: of the file.

    Raises:
        ValueError: a weight is not a number, infinite, or of a kind that no network has.
    """
    for name, weight in state.items():
        if weight.dtype not in (torch.float32, torch.int64, *HALVES):
            kind = str(weight.dtype).removeprefix("torch.")
            raise ValueError(f"{path} holds {name!r:.80} in {kind}, but weights are float32; save it again")
        # The sum is not finite if a weight is not; it may overflow by itself too, so then each is looked at.
        if weight.is_floating_point() and not weight.sum().isfinite() and not weight.isfinite().all():
            raise ValueError(f"{path} holds weights that are no finite numbers, in {name!r:.80}; did training diverge?")
    return {name: weight.float() if weight.dtype in HALVES else weight for name, weight in state.items()}


def check_rows(state: dict[str, Tensor], name: str, path: Path, count: int, what: str, whose: str) -> None:
    """Holds a list of words or answers to the weights that stand for them.

    Args:
        state: the weights.
        name: of the weight that has a row for each entry.
        path: of the list.
        count: entries of the list.
        what: the entries are called so.
        whose: the weight is called so.

    Raises:
        ValueError: there are more or fewer.
    """
    rows = len(state[name]) if name in state and state[name].ndim else 0
    if rows != count:
        raise ValueError(
            f"{path} has {count} {what} but the {whose} has {rows} rows; was the bundle mixed from two runs?"
        )
