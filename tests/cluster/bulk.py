"""`captioner bulk` in a process of its own, which may be killed as soon as it has written something."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captioner.cluster.ledger import Ledger
from captioner.cluster.places import Place

LOOK = 0.3  # seconds


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        code: its exit code; below 0, the signal.
        told: on stderr.
        seconds: from its start.
        busy: seconds of all processors that it and all its processes took, as far as they were seen.
    """

    code: int
    told: str
    seconds: float
    busy: float


def bulk(source: Path, out: Path, *arguments: str, kill_at: int | None = None, patience: float = 60) -> Outcome:
    """Runs the command to its end, or kills it (-9) once so many rows are written; then waits until Ray has gone.

    Raises:
        TimeoutError: it is at work longer than `patience` seconds.
    """
    command = [sys.executable, "-m", "captioner.cli.main", "bulk", str(source), "--out", str(out), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    began, ledger, busy = time.monotonic(), Ledger(Place.of(str(out))), dict[int, float]()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        while process.poll() is None:
            if time.monotonic() > began + patience:
                raise TimeoutError(f"captioner bulk is still at work after {patience:g} s")
            busy |= {each: _seconds(each) for each in _below(process.pid)}
            if kill_at is not None and ledger.written() >= kill_at:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(LOOK)
    except BaseException:
        process.kill()
        raise
    told = process.communicate()[1]
    while any(map(_alive, busy)):
        time.sleep(0.1)
    return Outcome(process.returncode, told, time.monotonic() - began, sum(busy.values()))


def rows(out: Path) -> list[dict[str, Any]]:
    """All that was written."""
    from pyarrow import dataset

    found: list[dict[str, Any]] = dataset.dataset(out, format="parquet").to_table().to_pylist()
    return found


def doubles(found: list[dict[str, Any]]) -> int:
    """How many rows are there once more than they should."""
    return sum(count - 1 for count in Counter(row["id"] for row in found).values())


def _below(process: int) -> list[int]:
    """A process and all that it started (Linux)."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [process, *(each for child in children for each in _below(int(child)))]


def _seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
