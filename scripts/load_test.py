"""How many captions a second the service says to many clients at once, beside one request at a time without batches.

    python scripts/load_test.py BUNDLE PHOTO [--clients 64] [--seconds 60]

Starts `captioner serve` twice, each alone: with `--batch 1` for one client after another, then as it is for all
clients. A client that is refused (503) waits as long as Retry-After says. Exit code 1 if a target of the table is
missed or a caption differs from the command line's.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

SLOWER, FASTER, GROWTH = 10, 3, 1.1  # targets: p99 beside the unloaded median, throughput, memory


@dataclass
class Tally:
    """What clients saw: seconds of each answer that had a caption, statuses, and the captions themselves."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    captions: set[str] = field(default_factory=set)

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ranked = sorted(self.seconds)
        return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@contextmanager
def served(bundle: Path, *settings: str) -> Iterator[tuple[str, int]]:
    """The service in a process of its own: its address and its process id."""
    command = [sys.executable, "-m", "captioner.cli.main", "serve", "--model", str(bundle), "--port=0", *settings]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1], process.pid
    finally:
        process.terminate()
        process.wait(60)


def memory(pid: int) -> float:
    """Resident memory in 10**6 bytes (Linux)."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024 / 1e6


async def client(connection: httpx2.AsyncClient, photo: bytes, until: float, tally: Tally) -> None:
    """Asks for captions, one after the other."""
    while (began := time.perf_counter()) < until:
        reply = await connection.post("v1/caption", content=photo)
        tally.statuses[reply.status_code] += 1
        if reply.status_code == 200:
            tally.seconds.append(time.perf_counter() - began)
            tally.captions.add(reply.json()["caption"])
        else:
            await asyncio.sleep(float(reply.headers.get("retry-after", 1)))


async def load(address: str, photo: bytes, *, clients: int, seconds: float) -> Tally:
    """Lets clients, each with a connection of its own, ask for so many seconds; the first second is not counted."""
    limits = httpx2.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx2.AsyncClient(base_url=address, timeout=60, limits=limits, verify=False) as connection:
        for tally, lasts in ((Tally(), 1.0), (Tally(), seconds)):
            until = time.perf_counter() + lasts
            await asyncio.gather(*(client(connection, photo, until, tally) for _ in range(clients)))
    return tally


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    photo = given.photo.read_bytes()

    command = [
        sys.executable,
        "-m",
        "captioner.cli.main",
        "caption",
        "--model",
        str(given.bundle),
        str(given.photo),
        "--json",
    ]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["caption"]
    with served(given.bundle, "--batch=1") as (address, _):
        alone = asyncio.run(load(address, photo, clients=1, seconds=given.seconds / 4))
    with served(given.bundle) as (address, pid):
        unloaded = asyncio.run(load(address, photo, clients=1, seconds=given.seconds / 4))
        asyncio.run(load(address, photo, clients=given.clients, seconds=given.seconds / 4))
        before = memory(pid)
        crowd = asyncio.run(load(address, photo, clients=given.clients, seconds=given.seconds))
        after = memory(pid)

    median, slowest = 1000 * statistics.median(unloaded.seconds), crowd.quantile(0.99)
    one, many = 4 * len(alone.seconds) / given.seconds, len(crowd.seconds) / given.seconds
    targets = {
        f"unloaded median {median:.1f} ms, p99 of {given.clients} clients {slowest:.1f} ms: "
        f"{slowest / median:.1f} times (below {SLOWER})": slowest < SLOWER * median,
        f"one at a time {one:.1f} captions/s, {given.clients} clients {many:.1f}: "
        f"{many / one:.1f} times (at least {FASTER})": many >= FASTER * one,
        f"answers {dict(crowd.statuses)} (200 and 503 only)": set(crowd.statuses) <= {200, 503},
        f"memory {before:.0f} MB, then {after:.0f} MB (at most {GROWTH} times)": after <= GROWTH * before,
        f"captions {sorted(crowd.captions)} (the command line's only)": crowd.captions == {said},
    }
    for text, reached in targets.items():
        print(f"{'reached' if reached else 'MISSED ':8}{text}")
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
