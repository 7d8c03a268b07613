"""Kills and fails every change of the file system that `captioner` makes, and prints what held.

    python scripts/crash_test.py [KIND | KIND:N …] [--points N] [--modes MODE …] [--json FILE]

Kinds: fit, store, bundle, export, evaluate, caption, write, attend, text; all of them if none is named. fit:10 takes
10 points of one kind. Needs Linux and `cc`.
"""

import argparse
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.crash.shim import MODES, loaded, missing, preloaded

ALL = ("bundle", "evaluate", "caption", "write", "attend", "text", "store", "export", "fit")


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(ALL)}")
    parser.add_argument("--points", type=int, metavar="N", help="attacks of a kind, evenly spread (all)")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES), help="what happens at a change (all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes there")
    return parser


def main() -> int:
    """Prints a table; 1 if something did not hold."""
    arguments = parser().parse_args()
    if unknown := {kind.partition(":")[0] for kind in arguments.kinds} - set(ALL):
        parser().error(f"there is no kind {', '.join(unknown)}; choose of {', '.join(ALL)}")
    if why := missing():
        parser().error(why)
    with tempfile.TemporaryDirectory() as work:
        if not loaded():
            threads = {"OMP_NUM_THREADS": "1"}
            environment = preloaded(Path(work)) | threads
            return subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode
        return attacked(arguments, Path(work))


def attacked(arguments: argparse.Namespace, work: Path) -> int:
    """All attacks, in this process and children of it."""
    from captioner.files import write_json
    from tests.crash.attack import Outcome, attack
    from tests.crash.kinds import make_base, warm

    warm()
    (work / "base").mkdir()
    make_base(work / "base")
    outcomes: dict[str, Outcome] = {}
    print(f"{'kind':10}{'changes':>8}{'attacks':>9}{'bad':>6}{'seconds':>9}", flush=True)
    for named in arguments.kinds or ALL:
        kind, _, own = named.partition(":")
        points = int(own) if own else arguments.points
        (work / kind).mkdir()
        found = attack(kind, work / "base", work / kind, modes=arguments.modes, points=points)
        outcomes[kind] = found
        tried = sum(found.tried.values())
        print(f"{kind:10}{found.changes:8}{tried:9}{len(found.bad):6}{found.seconds:9.1f}", flush=True)
        for line in found.bad:
            print(f"    {line}".replace(str(work), "…"), flush=True)
    if arguments.json:
        write_json(arguments.json, {kind: asdict(found) for kind, found in outcomes.items()})
    return int(any(found.bad for found in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
