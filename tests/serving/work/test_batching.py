"""The queue alone, with work that can be held up."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from captioner.serving.work.batching import Batcher, Full

Numbers = Batcher[str, int, int]


class Work:
    """Doubles numbers, once it is let; remembers its batches."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), threading.Event()
        self.done: list[tuple[str, list[int]]] = []

    def __call__(self, key: str, items: Sequence[int], stop: Callable[[], bool]) -> list[int]:
        self.begun.set()
        while key == "long" and not stop():
            time.sleep(0.001)
        assert self.go.wait(20)
        self.done.append((key, list(items)))
        if key == "broken":
            raise RuntimeError("broken work")
        return [2 * item for item in items]


def run(scenario: Callable[[Numbers, Work], Awaitable[None]], **settings: float) -> Work:
    """Plays a scenario with a batcher of four places and batches of three, if not told otherwise."""
    work = Work()

    async def play() -> None:
        given: dict[str, Any] = {
            "places": 4,
            "batch": 3,
            "gather": 0.0,
            "together": lambda key: key != "alone",
        } | settings
        batcher: Numbers = Batcher(work, **given)
        async with batcher.running():
            try:
                await asyncio.wait_for(scenario(batcher, work), 30)
            finally:
                work.go.set()

    asyncio.run(play())
    return work


async def guest(batcher: Numbers, key: str, item: int) -> int:
    with batcher.place():
        return await batcher.result(key, item)


async def hold(batcher: Numbers, work: Work) -> "asyncio.Task[int]":
    """Gives the work something to be busy with."""
    first = asyncio.create_task(guest(batcher, "a", 0))
    assert await asyncio.to_thread(work.begun.wait, 20)
    return first


def test_what_waits_is_done_together_by_key_in_order_of_arrival():
    async def scenario(batcher, work):
        first = await hold(batcher, work)
        rest = [asyncio.create_task(guest(batcher, key, item)) for key, item in [("a", 1), ("b", 2), ("a", 3)]]
        await asyncio.sleep(0)
        work.go.set()
        assert await asyncio.gather(first, *rest) == [0, 2, 4, 6]

    assert run(scenario).done == [("a", [0]), ("a", [1, 3]), ("b", [2])]


def test_a_batch_is_no_larger_than_allowed_and_some_keys_share_none():
    async def scenario(batcher, work):
        tasks = [await hold(batcher, work)]
        tasks += [asyncio.create_task(guest(batcher, "a", item)) for item in range(1, 6)]
        tasks += [asyncio.create_task(guest(batcher, "alone", item)) for item in (6, 7)]
        await asyncio.sleep(0)
        work.go.set()
        await asyncio.gather(*tasks)

    done = run(scenario, places=9).done
    assert done == [("a", [0]), ("a", [1, 2, 3]), ("a", [4, 5]), ("alone", [6]), ("alone", [7])]


def test_one_waits_for_another_that_is_in_the_house_but_no_longer_than_told():
    async def scenario(batcher, work):
        work.go.set()
        with batcher.place():  # somebody whose photo is still coming
            early = asyncio.create_task(guest(batcher, "a", 1))
            await asyncio.sleep(0.01)
            assert not work.begun.is_set()
            assert await batcher.result("a", 2) == 4
        assert await early == 2

    assert run(scenario, gather=60.0).done == [("a", [1, 2])]


def test_one_alone_need_not_wait():
    async def scenario(batcher, work):
        work.go.set()
        assert await guest(batcher, "a", 1) == 2

    run(scenario, gather=60.0)


def test_a_guest_who_leaves_before_its_photo_is_there_holds_nobody_up():
    async def scenario(batcher, work):
        work.go.set()
        with batcher.place():
            waits = asyncio.create_task(guest(batcher, "a", 1))
            await asyncio.sleep(0.01)
        assert await waits == 2

    run(scenario, gather=60.0)


def test_full_is_told_at_once_and_a_place_is_freed():
    async def scenario(batcher, work):
        first = await hold(batcher, work)
        with pytest.raises(Full):
            await guest(batcher, "a", 1)
        work.go.set()
        assert await first == 0
        assert await guest(batcher, "a", 1) == 2

    run(scenario, places=1)


def test_who_leaves_frees_its_place_and_is_not_worked_for():
    async def scenario(batcher, work):
        first = await hold(batcher, work)
        leaves = asyncio.create_task(guest(batcher, "a", 1))
        await asyncio.sleep(0)
        assert batcher.taken == 2
        leaves.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaves
        assert batcher.taken == 1
        stays = asyncio.create_task(guest(batcher, "a", 2))
        await asyncio.sleep(0)
        work.go.set()
        assert (await first, await stays) == (0, 4)

    assert run(scenario).done == [("a", [0]), ("a", [2])]


def test_one_who_leaves_while_it_is_worked_for_does_not_stop_the_work():
    async def scenario(batcher, work):
        first = await hold(batcher, work)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        work.go.set()
        assert await guest(batcher, "a", 1) == 2

    run(scenario)


def test_work_is_asked_to_stop_once_nobody_waits_for_any_of_it():
    async def scenario(batcher, work):
        work.go.set()
        with batcher.place():
            tasks = [asyncio.create_task(guest(batcher, "long", item)) for item in (1, 2)]
            await asyncio.sleep(0.01)
        assert await asyncio.to_thread(work.begun.wait, 20)
        for task in tasks:
            assert not work.done
            task.cancel()
            await asyncio.sleep(0.02)
        assert await guest(batcher, "a", 1) == 2

    assert run(scenario, gather=60.0).done == [("long", [1, 2]), ("a", [1])]


def test_work_that_fails_fails_for_those_who_asked_and_for_nobody_else():
    async def scenario(batcher, work):
        work.go.set()
        with pytest.raises(RuntimeError, match="broken work"):
            await guest(batcher, "broken", 1)
        assert await guest(batcher, "a", 1) == 2

    run(scenario)


def test_the_end_finishes_what_was_accepted():
    tasks = []

    async def scenario(batcher, work):
        tasks.append(await hold(batcher, work))
        tasks.extend(asyncio.create_task(guest(batcher, "a", item)) for item in (1, 2))
        await asyncio.sleep(0)

    work = run(scenario)
    assert work.done == [("a", [0]), ("a", [1, 2])]
    assert [task.result() for task in tasks] == [0, 2, 4]
