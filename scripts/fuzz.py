"""Feeds the package mutated inputs of one kind, by the hundred thousand.

    python scripts/fuzz.py data --count 100000 --seed 1

Each input is made from the seed and its own number, so whatever fails can be repeated. The tests run a few of each.
"""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

# kind: the module whose `run(count, seed)` gives a report; imported only when it is chosen
KINDS = {
    "photos": "tests.fuzz.photos",
    "bundles": "tests.fuzz.bundles",
    "data": "tests.fuzz.data_files",
}


def main() -> int:
    """Runs one kind and prints how the inputs ended; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--count", type=int, default=100_000, metavar="N", help="inputs (100,000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the mutations (0)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests are no part of what is installed
    begun = time.monotonic()
    report = import_module(KINDS[arguments.kind]).run(arguments.count, arguments.seed)
    print(f"{report.inputs:,} inputs in {time.monotonic() - begun:.0f} seconds, seed {arguments.seed}")
    for name, count in sorted(report.outcomes.items()):
        print(f"{count:9,}  {name}")
    print(f"slowest: {report.slowest[0]:.1f} seconds ({report.slowest[1]}); failures: {len(report.failures)}")
    print("\n".join(report.failures[:100]))
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
