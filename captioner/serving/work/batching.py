"""A bounded queue before the network: what may be done together is gathered into batches, in the order of arrival."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
I = TypeVar("I")  # noqa: E741 (an item)
R = TypeVar("R")


class Full(Exception):
    """Every place is taken."""


@dataclass(eq=False)
class Waiting(Generic[K, I, R]):
    """An item on its way to the network; `result` is cancelled when nobody waits for it any more."""

    key: K
    item: I
    result: "asyncio.Future[R]"
    since: float = field(default_factory=time.monotonic)


class Batcher(Generic[K, I, R]):
    """Gathers items from many tasks of one event loop and works on them in one thread.

    A place is taken when a photo has arrived and freed when it is answered, so what is in the house is bounded.

    Args:
        work: does the items of one key, and gives a result for each; runs in the thread. It may ask whether to stop,
            because nobody waits for any of the items any more, and raise whatever it likes then.
        places: how many may be in the house.
        batch: how many items are worked on together.
        gather: seconds for which an item waits for others.
        together: whether items of a key may share a batch.
    """

    def __init__(
        self,
        work: Callable[[K, Sequence[I], Callable[[], bool]], Sequence[R]],
        *,
        places: int,
        batch: int,
        gather: float,
        together: Callable[[K], bool] = lambda _: True,
    ) -> None:
        self.work, self.places, self.batch, self.gather, self.together = work, places, batch, gather, together
        self.taken = 0
        self._waiting: deque[Waiting[K, I, R]] = deque()
        self._arrived = asyncio.Event()
        self._closing = False

    @property
    def full(self) -> bool:
        """Whether every place is taken."""
        return self.taken >= self.places

    @contextmanager
    def place(self) -> Iterator[None]:
        """Takes a place for as long as the block lasts.

        Raises:
            Full: none is free.
        """
        if self.full:
            raise Full
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._arrived.set()  # whoever gathers need not wait for this one

    async def result(self, key: K, item: I) -> R:
        """What the work gives for the item; a task that is cancelled meanwhile takes it out of the queue.

        Raises:
            Exception: whatever the work raised.
        """
        assert not self._closing
        waiting: Waiting[K, I, R] = Waiting(key, item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        try:
            return await waiting.result
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works as long as the block lasts; its end finishes what waits."""
        self._closing, self._arrived = False, asyncio.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="network") as thread:
            task = asyncio.create_task(self._run(thread))
            try:
                yield
            finally:
                self._closing = True
                self._arrived.set()
                await task

    async def _run(self, thread: ThreadPoolExecutor) -> None:
        while True:
            while not self._waiting:
                if self._closing:
                    return
                await self._arrival()
            await self._gathered(self._waiting[0])
            if batch := self._next():
                await self._do(batch, thread)

    async def _arrival(self, seconds: float | None = None) -> None:
        self._arrived.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), seconds)

    async def _gathered(self, first: Waiting[K, I, R]) -> None:
        """Waits until the batch is full, its time is over, or nobody is in the house who could still join."""
        while self.together(first.key) and not self._closing:
            left = first.since + self.gather - time.monotonic()
            if left <= 0 or len(self._waiting) >= min(self.batch, self.taken):
                return
            await self._arrival(left)

    def _next(self) -> list[Waiting[K, I, R]]:
        """Takes the oldest item, and those after it that may share its batch."""
        if not self._waiting:  # the only one has gone meanwhile
            return []
        key = self._waiting[0].key
        most = self.batch if self.together(key) else 1
        chosen = [each for each in self._waiting if each.key == key][:most]
        for each in chosen:
            self._waiting.remove(each)
        return chosen

    async def _do(self, batch: Sequence[Waiting[K, I, R]], thread: ThreadPoolExecutor) -> None:
        items = [each.item for each in batch]

        def stop() -> bool:
            return all(each.result.done() for each in batch)

        try:
            results = await asyncio.get_running_loop().run_in_executor(thread, self.work, batch[0].key, items, stop)
        except Exception as error:  # belongs to those who asked; the next batch goes on
            for each in batch:
                if not each.result.done():
                    each.result.set_exception(error)
            return
        for each, result in zip(batch, results, strict=True):
            if not each.result.done():
                each.result.set_result(result)
