"""Writes texts and sidecars for thousands of photos while the process is killed at random: what stands at the end.

python scripts/kill_test.py                            # 5,000 photos, 20 kills; about a minute
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.crash.killing import attack


def main() -> int:
    """Prints what was done, and what is wrong; 1 if something is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=5_000, metavar="N")
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument(
        "--longest", type=float, default=3.0, metavar="S", help="seconds of writing before a kill, at most (3)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        outcome = attack(Path(folder), photos=given.photos, kills=given.kills, seed=given.seed, longest=given.longest)
    print(
        f"{given.photos:,} photos, {outcome.kills} of {given.kills} kills while at work, {outcome.said:,} captions, "
        f"{outcome.seconds:.0f} s"
    )
    print("\n".join(outcome.bad[:20]) or "every photo once; no file is broken, foreign, lost or left behind")
    return 1 if outcome.bad else 0


if __name__ == "__main__":
    sys.exit(main())
