"""Whether good clients notice that half of a thousand connections are hostile.

    python scripts/attack_service.py BUNDLE PHOTO [--connections 1000] [--seconds 20] [--rate 15]

Starts `captioner serve` on this machine alone, and opens half of the connections for good clients, each of which asks
for a caption, waits, and asks again: first without, then beside the other half, which

    drip their headers, stop in the middle of an upload, send headers or an address without end, send garbage,
    or leave as soon as they have asked,

and come back when they are thrown out. Good clients ask so seldom that the service is not full; one that is refused
(503) asks again after a moment, and its time goes on. Exit code 1 if half of the good clients, or the slowest
hundredth, wait more than twice as long beside the hostile ones, or get anything but their caption.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from load_test import memory, served

SLOWER = 2  # target
PAUSE = 5.0  # seconds between two acts of a hostile client, so 100 acts a second of 500
AGAIN = 0.05  # seconds after which a refused client asks again
GIVEN_UP = 60.0  # seconds

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Hostile = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
POST = b"POST /v1/caption HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


@dataclass
class Tally:
    """What good clients saw: seconds until each caption, statuses on the way, and the captions."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int | str] = field(default_factory=Counter)
    captions: set[str] = field(default_factory=set)

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ranked = sorted(self.seconds)
        return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
    """Headers, byte by byte."""
    writer.write(b"POST /v1/caption HTTP/1.1\r\nHost: localhost\r\nX: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, photo: bytes) -> None:
    """An upload that stops in the middle."""
    writer.write(POST % len(photo) + photo[: len(photo) // 2])
    await reader.read()


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes) -> None:
    """Headers or an address without end."""
    writer.write(random.choice([b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "]))
    while not reader.at_eof():
        writer.write(b"a" * 8192)
        await writer.drain()
        await asyncio.sleep(0.5)


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes) -> None:
    """No HTTP at all."""
    writer.write(random.randbytes(random.randrange(1, 2000)) + b"\r\n\r\n")
    await reader.read()


async def leaving(_: asyncio.StreamReader, writer: asyncio.StreamWriter, photo: bytes) -> None:
    """A whole request, and nobody who waits for its answer."""
    writer.write(POST % len(photo) + photo)
    await writer.drain()


ACTS: tuple[Hostile, ...] = (dripping, half, endless, garbage, leaving)


async def hostile(act: Hostile, where: tuple[str, int], photo: bytes, acts: Counter[str]) -> None:
    """Does it again and again, in a new connection each time."""
    await asyncio.sleep(random.random() * PAUSE)
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(*where)
            acts[act.__name__] += 1
            try:
                await act(reader, writer, photo)
            finally:
                writer.transport.abort()
        await asyncio.sleep(PAUSE * (0.5 + random.random()))


async def ask(stream: Stream | None, where: tuple[str, int], photo: bytes) -> tuple[Stream | None, int, str]:
    """Asks for a caption: the stream, if it may be used again, the status, and the caption."""
    reader, writer = stream or await asyncio.open_connection(*where)
    writer.write(POST % len(photo) + photo)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    said = json.loads(await reader.readexactly(length))
    if b"connection: close" in head:
        writer.close()
        return None, int(head.split()[1]), said.get("caption", "")
    return (reader, writer), int(head.split()[1]), said.get("caption", "")


async def good(where: tuple[str, int], photo: bytes, until: float, every: float, tally: Tally) -> None:
    """Keeps a connection, asks, and waits."""
    stream: Stream | None = await asyncio.open_connection(*where)
    await asyncio.sleep(max(0, min(random.random() * every, until - time.perf_counter())))
    while (began := time.perf_counter()) < until:
        status = 0
        while status != 200 and time.perf_counter() < began + GIVEN_UP:
            try:
                stream, status, caption = await ask(stream, where, photo)
            except (OSError, asyncio.IncompleteReadError) as error:  # as a client whose kept connection was closed
                stream, status, caption = None, 0, ""
                tally.statuses[type(error).__name__] += 1
                continue
            tally.statuses[status] += 1
            if status != 200:
                await asyncio.sleep(AGAIN)
        tally.seconds.append(time.perf_counter() - began)
        tally.captions.add(caption)
        await asyncio.sleep(max(0, min(every * (0.5 + random.random()), until - time.perf_counter())))
    if stream is not None:
        stream[1].close()


async def crowd(
    where: tuple[str, int], photo: bytes, *, clients: int, enemies: int, seconds: float, rate: float
) -> tuple[Tally, Counter[str]]:
    """Good clients, which together ask `rate` times a second, for so many seconds beside so many hostile ones."""
    tally, acts = Tally(), Counter[str]()
    attack = [asyncio.create_task(hostile(ACTS[n % len(ACTS)], where, photo, acts)) for n in range(enemies)]
    await asyncio.sleep(PAUSE if enemies else 0)
    until, every = time.perf_counter() + seconds, clients / rate
    await asyncio.gather(*(good(where, photo, until, every, tally) for _ in range(clients)))
    for task in attack:
        task.cancel()
    await asyncio.gather(*attack, return_exceptions=True)
    return tally, acts


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=15, help="of all good clients a second; below what is possible")
    given = parser.parse_args()
    if not 2 <= given.connections <= 5000 or not 1 <= given.seconds <= 600 or given.rate <= 0:
        parser.error("2 to 5,000 connections, for 1 to 600 seconds, and a rate above 0")
    photo, half_of_all = given.photo.read_bytes(), given.connections // 2
    with served(given.bundle) as (address, pid):
        place = urlsplit(address)
        assert place.hostname is not None
        assert place.port is not None
        where = (place.hostname, place.port)

        def play(clients: int, enemies: int, seconds: float) -> tuple[Tally, Counter[str]]:
            return asyncio.run(crowd(where, photo, clients=clients, enemies=enemies, seconds=seconds, rate=given.rate))

        play(min(50, half_of_all), 0, 2)
        alone, _ = play(half_of_all, 0, given.seconds)
        before = memory(pid)
        beside, acts = play(half_of_all, half_of_all, given.seconds)
        after = memory(pid)
    print(f"{given.connections} connections, half of them hostile: {dict(acts)}; {os.cpu_count()} cores")
    targets = {
        f"captions {sorted(beside.captions)} (the same one)": len(beside.captions | alone.captions) == 1,
        f"memory {before:.0f} MB, then {after:.0f} MB (at most 1.5 times)": after <= 1.5 * before,
    }
    for name, share in (("median", 0.5), ("99th of 100", 0.99)):
        first, second = alone.quantile(share), beside.quantile(share)
        text = f"{name} of {len(alone.seconds)} answers {first:.0f} ms, of {len(beside.seconds)} beside hostile ones "
        targets[f"{text}{second:.0f} ms: {second / first:.2f} times (at most {SLOWER})"] = second <= SLOWER * first
    print(f"answers alone {dict(alone.statuses)}, beside hostile ones {dict(beside.statuses)}")
    for text, reached in targets.items():
        print(f"{'reached' if reached else 'MISSED ':8}{text}")
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
