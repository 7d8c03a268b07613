"""The adding task at growing lags: which cell still learns to add two numbers that it read so long ago?

    python scripts/adding_task.py --out adding.png

A sequence has a number from 0 to 1 at every time and two marks; the answer, due at the end, is the sum of the marked
numbers (Hochreiter & Schmidhuber 1997). The first mark is one of the first ten times, and `lag` more follow, so the
first number must be kept for at least `lag` steps. Who always says 1 has a mean squared error of 1/6 = 0.167.
Every run is fixed by its cell, its lag and its seed; it ends when the task is solved, or after so many steps.
"""

import argparse
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.figures import canvas
from captioner.nn.core.cells import CellName, RecurrentLayers

CHANCE = 1 / 6
SOLVED = 0.05
CELLS: tuple[CellName, ...] = get_args(CellName)
COLOURS: dict[CellName, str] = {"rnn": "#c2410c", "lstm": "#1d4ed8", "gru": "#15803d"}
EARLY = 10  # times among which the first mark lies


class Run(NamedTuple):
    """What is trained."""

    cell: CellName
    lag: int
    seed: int = 0
    steps: int = 4000
    size: int = 32
    rows: int = 32
    rate: float = 0.01


class Result(NamedTuple):
    """What became of it."""

    run: Run
    error: float
    """Mean squared error on 1,000 unseen sequences."""
    steps: int
    """Until it was solved, or all."""


def sequences(rows: int, lag: int, chance: torch.Generator) -> tuple[Float[Tensor, "t rows 2"], Float[Tensor, " rows"]]:
    """Numbers and marks, and the sums of the marked numbers."""
    numbers = torch.rand(EARLY + lag, rows, generator=chance)
    marks = torch.zeros_like(numbers)
    first = torch.randint(EARLY, (1, rows), generator=chance)
    second = EARLY + torch.randint(lag, (1, rows), generator=chance)
    marks.scatter_(0, first, 1).scatter_(0, second, 1)
    return torch.stack([numbers, marks], dim=2), (numbers * marks).sum(dim=0)


def train(run: Run, *, every: int = 100) -> Result:
    """Trains one cell at one lag, and looks every so many steps whether it can stop."""
    torch.set_num_threads(1)
    torch.manual_seed(run.seed)
    chance = torch.Generator().manual_seed(run.seed)
    layers, sum_of = RecurrentLayers(run.cell, 2, run.size), nn.Linear(run.size, 1)
    weights = [*layers.parameters(), *sum_of.parameters()]
    descent = torch.optim.Adam(weights, lr=run.rate)
    unseen = sequences(1000, run.lag, torch.Generator().manual_seed(run.seed + 1_000_000))

    def error(numbers: Tensor, sums: Tensor) -> Tensor:
        top, _ = layers.run(numbers, layers.zeros(numbers.shape[1], numbers))
        return (sum_of(top[-1])[:, 0] - sums).square().mean()

    found = torch.inf
    for step in range(1, run.steps + 1):
        descent.zero_grad()
        torch.autograd.backward(error(*sequences(run.rows, run.lag, chance)))
        nn.utils.clip_grad_norm_(weights, 1.0)
        descent.step()
        if step % every == 0 or step == run.steps:
            with torch.no_grad():
                found = float(error(*unseen))
            if found < SOLVED / 5:
                break
    return Result(run, found, step)


def table(results: Sequence[Result]) -> str:
    """Mean squared errors in Markdown, one line a lag, with the steps until it was solved."""
    by_run = {(result.run.cell, result.run.lag, result.run.seed): result for result in results}
    lines = ["| lag | seed | " + " | ".join(CELLS) + " |", "|--:|--:|" + "--:|" * len(CELLS)]
    for lag, seed in sorted({(result.run.lag, result.run.seed) for result in results}):
        entries = []
        for cell in CELLS:
            _, error, steps = by_run[cell, lag, seed]
            entries.append(f"**{error:.3f}** ({steps})" if error < SOLVED else f"{error:.3f}")
        lines.append(f"| {lag} | {seed} | " + " | ".join(entries) + " |")
    return "\n".join(lines)


def draw(results: Sequence[Result], path: Path) -> None:
    """The error against the lag, each cell a line through the mean of its seeds."""
    figure = canvas.blank(5.6, 4.0)
    axes = figure.add_axes((0.13, 0.14, 0.84, 0.82))
    lags = sorted({result.run.lag for result in results})
    for cell in CELLS:
        own = [result for result in results if result.run.cell == cell]
        means = [
            sum(result.error for result in own if result.run.lag == lag) / sum(result.run.lag == lag for result in own)
            for lag in lags
        ]
        axes.plot(lags, means, color=COLOURS[cell], label=cell)
        axes.plot([result.run.lag for result in own], [result.error for result in own], "o", color=COLOURS[cell], ms=4)
    axes.axhline(CHANCE, color="#7a8090", lw=1, ls="--")
    axes.annotate("always saying 1", (lags[0], CHANCE), (0, 4), textcoords="offset points", color="#7a8090")
    axes.set_xscale("log")
    axes.set_xticks(lags, [str(lag) for lag in lags])
    axes.minorticks_off()
    axes.set_ylim(0, 0.2)
    axes.set_xlabel("lag: steps for which the first number must be kept")
    axes.set_ylabel("mean squared error")
    axes.legend(frameon=False)
    canvas.save_png(figure, path)


def main() -> None:
    """Trains all cells at all lags side by side, prints the table, and draws the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lags", type=int, nargs="+", default=[10, 30, 100], metavar="N")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N")
    parser.add_argument("--steps", type=int, default=Run._field_defaults["steps"], help="at most, of each run")
    parser.add_argument("--out", type=Path, default=Path("adding.png"), metavar="FILE", help="the figure, .png")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="runs side by side")
    arguments = parser.parse_args()
    runs = [
        Run(cell, lag, seed, arguments.steps)
        for lag, seed, cell in product(sorted(arguments.lags, reverse=True), arguments.seeds, CELLS)
    ]
    with ProcessPoolExecutor(arguments.processes, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(train, runs))
    print(f"mean squared error (steps until solved), at most {arguments.steps} steps; chance {CHANCE:.3f}\n")
    print(table(results))
    draw(results, arguments.out)


if __name__ == "__main__":
    main()
