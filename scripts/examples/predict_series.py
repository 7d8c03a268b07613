"""A series of numbers: tomorrow's is predicted from all before, against "tomorrow is like today".

python scripts/examples/predict_series.py
python scripts/examples/predict_series.py prices.csv --column close

Without a table, two series are made up: a wave with noise, which can be predicted, and a random walk, which cannot.
Prices are much like the latter: on them "tomorrow is like today" is hardly ever beaten, and whoever shows otherwise has
most often let the future into the training. Here it cannot get in: the days stay in their order, and each test stretch
is predicted by a network that was trained on the days before it alone, and scaled by them alone (walk-forward).
"""

import argparse
import csv
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan

FOLDS, FIRST = 2, 0.5
"""Test stretches, one behind the other, and the share of the days before the first."""
WINDOW, LEAST = 20, 100
STATE = 16


class Model(NamedTuple):
    """What is trained, and the scale of the days that it was trained on."""

    core: AttendingCore
    enter: nn.Linear
    leave: nn.Linear
    mean: float
    scale: float


class Errors(NamedTuple):
    """Mean absolute errors over all test days, in the unit of the series."""

    network: float
    today: float


def read(path: Path, column: str | None = None) -> list[float]:
    """The numbers of one column of a table with a header, line by line.

    Raises:
        ValueError: there is no such column, a line holds no number, or there are too few lines.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        names = list(rows.fieldnames or [])
        name = column or (names[-1] if names else "")
        if name not in names:
            raise ValueError(f"{path} has no column {name!r}; it has {', '.join(names) or 'none'}")
        values = []
        for row in rows:
            try:
                values.append(float(row[name]))
            except (TypeError, ValueError):
                raise ValueError(f"{path} line {rows.line_num}: {name} is no number: {row[name]!r}") from None
            if not math.isfinite(values[-1]):
                raise ValueError(f"{path} line {rows.line_num}: {name} is no finite number: {row[name]!r}")
    if len(values) < LEAST:
        raise ValueError(f"{path} has {len(values)} lines; give {LEAST} or more, the oldest first")
    return values


def walk(days: int = 1000, *, seed: int = 0) -> list[float]:
    """A random walk: each day's change is drawn anew."""
    return (100 + torch.randn(days, generator=torch.Generator().manual_seed(seed)).cumsum(0)).tolist()


def wave(days: int = 1000, *, seed: int = 0) -> list[float]:
    """A wave of 25 days with noise."""
    noise = torch.randn(days, generator=torch.Generator().manual_seed(seed))
    return (100 + 10 * torch.sin(torch.arange(days) * (2 * math.pi / 25)) + 0.5 * noise).tolist()


def foresee(model: Model, series: Float[Tensor, " t"]) -> Float[Tensor, " t"]:
    """For each day but the first the change to the next, from the changes up to it; the last is of a day to come."""
    changes = (series.diff() - model.mean) / model.scale
    return _said(model, changes[:, None])[:, 0] * model.scale + model.mean


def train(series: Float[Tensor, " t"], steps: int = 60, *, seed: int = 0) -> Model:
    """On stretches of the given days."""
    torch.manual_seed(seed)
    changes = series.diff()
    core = AttendingCore(embedding=STATE, features=0, cell="gru", state=STATE)
    scale = float(changes.std().clamp(min=1e-9))
    model = Model(core, nn.Linear(1, STATE), nn.Linear(STATE, 1), float(changes.mean()), scale)
    adam = torch.optim.AdamW([weight for part in model[:3] for weight in part.parameters()], lr=1e-2)
    stretches = ((changes - model.mean) / model.scale).unfold(0, WINDOW + 1, 1)  # (r, t)
    for _ in range(steps):
        chosen = stretches[torch.randint(len(stretches), (64,))].t()
        adam.zero_grad()
        torch.autograd.backward(nn.functional.l1_loss(_said(model, chosen[:-1]), chosen[1:]))
        adam.step()
    return model


def _said(model: Model, changes: Float[Tensor, "t r"]) -> Float[Tensor, "t r"]:
    """After each change, what the next one will be."""
    given = model.enter(changes.reshape(-1, 1))  # packed time after time
    plan = Plan(torch.full((changes.shape[1],), len(changes)), photos=1)
    read = model.core(given, plan, model.core.layers.zeros(changes.shape[1], given), None)
    return model.leave(read.hidden).view(changes.shape)


@torch.no_grad()
def errors(model: Model, series: Float[Tensor, " t"], begin: int) -> tuple[Tensor, Tensor]:
    """The absolute errors of network and of "like today", for each day from `begin` on."""
    foreseen = series[1:-1] + foresee(model, series)[:-1]
    both = torch.stack([foreseen - series[2:], series[1:-1] - series[2:]]).abs()[:, begin - 2 :]
    return both[0], both[1]


def walk_forward(values: Sequence[float], steps: int = 60) -> Errors:
    """Each test stretch by a network of its own, trained on all days before."""
    series = torch.tensor(values, dtype=torch.float64).float()
    edges = [round(len(series) * (FIRST + (1 - FIRST) * fold / FOLDS)) for fold in range(FOLDS + 1)]
    rows = [errors(train(series[:begin], steps), series[:end], begin) for begin, end in pairwise(edges)]
    network, today = (torch.cat(column) for column in zip(*rows, strict=True))
    return Errors(float(network.mean()), float(today.mean()))


def main() -> None:
    """Tells both errors of each series."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, nargs="?", help="CSV with a header, a line a day, the oldest first")
    parser.add_argument("--column", help="of the numbers (the last one)")
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    try:
        table = arguments.table
        series = (
            {"wave": wave(), "random walk": walk()} if table is None else {table.name: read(table, arguments.column)}
        )
    except (ValueError, OSError) as error:
        parser.exit(2, f"{error}\n")
    print(f"{'mean error a day':20} {'network':>8} {'like today':>10}")
    for name, values in series.items():
        network, today = walk_forward(values, arguments.steps)
        print(f"{name[:20]:20} {network:8.3f} {today:10.3f}")


if __name__ == "__main__":
    main()
