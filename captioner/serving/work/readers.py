"""Reader processes, none of which can be used up for long: slow work gets few of them, and each only for a while."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from captioner.serving.work.metrics import Metrics
from captioner.serving.work.reader import Died, Reader

T = TypeVar("T")
QUICK = 1.0  # seconds, many times of what an honest photo takes
QUICKLY, SLOWLY = 2, 2  # readers at work for less than that, and for longer


class Late(Exception):
    """It was not done within the time that anything may take."""


class Crowded(Exception):
    """It is slow, and all readers for slow work are busy."""


class Readers:
    """Does things in processes of their own.

    Whatever is not done within `QUICK` moves to the few readers for slow work, so that those behind it go on. A reader
    is ended at its deadline, and when it is slow and there is no room for it or the client leaves; another takes its
    place.

    Args:
        seconds: after which anything is given up.
        metrics: where that is counted.
    """

    def __init__(self, seconds: float, metrics: Metrics) -> None:
        self.seconds, self.metrics = seconds, metrics
        self._idle: list[Reader] = []
        self._works: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The first readers are there from the beginning; all are ended at the end."""
        self._quick, self._slow = asyncio.Semaphore(QUICKLY), asyncio.Semaphore(SLOWLY)
        self._idle = [Reader(self.seconds) for _ in range(QUICKLY)]
        # a thread waits for each reader; some are still on their way back from readers that were ended
        with ThreadPoolExecutor(2 * (QUICKLY + SLOWLY), thread_name_prefix="reader") as self._threads:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(loop.run_in_executor(self._threads, reader.start) for reader in self._idle))
            try:
                yield
            finally:
                for work in self._works:
                    work.cancel()
                await asyncio.gather(*self._works, return_exceptions=True)
                for reader in self._idle:
                    reader.end()

    async def do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function of a module in a reader.

        A task that is cancelled meanwhile ends the reader if its work is slow; what is quick is sooner finished than
        another process started.

        Raises:
            Late: it takes too long.
            Crowded: it is slow, and so is too much else.
            Died: it ended its process, for want of memory or worse.
            Exception: whatever the function raised.
        """
        await self._quick.acquire()
        slow, left = asyncio.Event(), asyncio.Event()
        work = asyncio.create_task(self._work(function, arguments, slow, left))
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_heard)
            left.set()
            if slow.is_set():
                work.cancel()
            raise

    async def _work(
        self, function: Callable[..., T], arguments: tuple[Any, ...], slow: asyncio.Event, left: asyncio.Event
    ) -> T:
        """Does it, in a place for quick work; says when it turns out to be slow, and asks then whether anybody left."""
        lane = self._quick
        reader = self._idle.pop() if self._idle else Reader(self.seconds)
        call = asyncio.get_running_loop().run_in_executor(self._threads, reader.do, function, arguments)
        call.add_done_callback(_heard)
        try:
            if not await _done(call, min(QUICK, self.seconds)):
                if left.is_set() or self._slow.locked():
                    raise Crowded
                slow.set()
                await self._slow.acquire()
                lane.release()
                lane = self._slow
                reader.gently()
                if not await _done(call, self.seconds - QUICK):
                    raise Late
            return call.result()
        finally:
            if call.done() and not reader.ended and lane is self._quick:
                self._idle.append(reader)
            else:
                reader.end()
                self.metrics.readers_ended.inc()
            lane.release()


async def _done(call: "asyncio.Future[Any]", seconds: float) -> bool:
    """Waits for it so long, and leaves it alone then."""
    done, _ = await asyncio.wait({call}, timeout=max(0, seconds))
    return bool(done)


def _heard(call: "asyncio.Future[Any]") -> None:
    """Nobody asks a reader that was ended for its result; that is no fault."""
    if not call.cancelled():
        call.exception()


__all__ = ["Crowded", "Died", "Late", "Readers"]
