"""Measures training from packs: speed beside the feature store, memory and start with a million rows, random kills.

python scripts/benchmark_scale.py                      # all; about half an hour on two quiet cores
python scripts/benchmark_scale.py speed growth         # without the kills
python scripts/benchmark_scale.py kills --kills 20
"""

import argparse
import logging
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
import torch
from benchmarks.measure import Row

PARTS = ("speed", "growth", "kills")


def main() -> int:
    """Prints a line of each measurement; 1 where a killed run differs from an uninterrupted one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS), help="what is measured (all)")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="for one process, and for two (20)")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="of the large pack (1,000,000)")
    parser.add_argument("--turns", type=int, default=7, metavar="N", help="of the speed, of each side (7)")
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    parts, bad = given.parts or PARTS, False
    if "speed" in parts:
        from benchmarks.streaming import speed

        show(speed(photos=600, steps=8, turns=given.turns))
    if "growth" in parts:
        from benchmarks.streaming import FEW, growth

        for row in growth(FEW, given.rows):
            show(row)
    if "kills" in parts:
        logging.disable(logging.WARNING)
        for ranks in (1, 2):
            bad = not kills(ranks, given.kills) or bad
    return 1 if bad else 0


def show(row: Row) -> None:
    """One line."""
    print(f"{row.work}: {row.ours:,.2f} and {row.naive:,.2f} {row.unit}, ratio {row.ours / (row.naive or 1):.3f}")


def kills(ranks: int, wanted: int) -> bool:
    """Kills a training at random moments, goes on each time, and compares its steps with an uninterrupted one's."""
    from tests.training.killing import attack

    with tempfile.TemporaryDirectory() as folder:
        outcome = attack(Path(folder), ranks=ranks, kills=wanted, photos=48, epochs=12, seed=ranks)
    print(
        f"{ranks} process{'es' * (ranks > 1)}: killed {outcome.kills} times within {outcome.steps} steps, of which"
        f" {outcome.again} were done again; {outcome.bad or 'every photo once an epoch, all losses equal'}"
    )
    return not outcome.bad


if __name__ == "__main__":
    sys.exit(main())
