"""Photos that would keep a decoder for ever, kill it, or leave: the others go on."""

import asyncio
import io
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from PIL import Image

from captioner.serving.work import readers
from captioner.serving.work.metrics import Metrics
from captioner.serving.work.readers import Crowded, Died, Late, Readers
from tests.serving.conftest import photo


def scans(count: int, side: int) -> bytes:
    """A progressive JPEG that repeats a scan."""
    file = io.BytesIO()
    Image.new("L", (side, side)).save(file, "JPEG", progressive=True)
    plain = file.getvalue()
    begin = plain.find(b"\xff\xda")
    return plain[:-2] + plain[begin : begin + 14] * count + b"\xff\xd9"


def play(scenario: Callable[[Readers], Awaitable[None]], *, seconds: float) -> Readers:
    made = Readers(seconds, Metrics())

    async def run() -> None:
        async with made.running():
            await asyncio.wait_for(scenario(made), 60)

    asyncio.run(run())
    return made


def ended(made: Readers) -> float | None:
    return made.metrics.registry.get_sample_value("captioner_readers_ended_total")


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(readers, "QUICK", 0.3)


def test_slow_work_is_given_up_and_another_reader_takes_its_place(hurried):
    async def scenario(made):
        with pytest.raises(Late):
            await made.do(time.sleep, 60)
        assert await made.do(sum, [1, 2]) == 3

    assert ended(play(scenario, seconds=0.5)) == 1


def test_however_many_are_slow_quick_work_goes_on(hurried):
    async def scenario(made):
        slow = [asyncio.create_task(made.do(time.sleep, 60)) for _ in range(8)]
        await asyncio.sleep(0.01)
        assert await asyncio.wait_for(made.do(sum, [1, 2]), 20) == 3
        for task in slow[-2:]:
            with pytest.raises(Crowded):
                await task
        assert not slow[0].done()  # those that came first have the readers for slow work
        for task in slow:
            task.cancel()

    play(scenario, seconds=50)


def test_a_reader_that_dies_is_replaced():
    async def scenario(made):
        with pytest.raises(Died):
            await made.do(os._exit, 9)
        assert await made.do(sum, [1, 2]) == 3

    assert ended(play(scenario, seconds=20)) == 1


@pytest.mark.parametrize("after", [0.05, 0.6])
def test_a_client_that_leaves_ends_slow_work(hurried, after):
    async def scenario(made):
        task = asyncio.create_task(made.do(time.sleep, 60))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await made.do(sum, [1, 2]) == 3
        while not ended(made):
            await asyncio.sleep(0.01)
        assert await asyncio.gather(*(made.do(sum, [n, 2]) for n in range(6))) == [2, 3, 4, 5, 6, 7]

    assert ended(play(scenario, seconds=50)) == 1


def test_one_that_leaves_quick_work_costs_no_process():
    async def scenario(made):
        for _ in range(5):
            task = asyncio.create_task(made.do(time.sleep, 0.02))
            await asyncio.sleep(0.001)
            task.cancel()
        assert await made.do(sum, [1, 2]) == 3
        while made._works:
            await asyncio.sleep(0.01)

    assert ended(play(scenario, seconds=20)) == 0


def test_what_a_function_raises_comes_back_and_its_reader_stays():
    async def scenario(made):
        with pytest.raises(ValueError, match="invalid literal"):
            await made.do(int, "x")
        with pytest.raises(TypeError) as caught:
            await made.do(len, 5)
        assert "Traceback" in caught.value.__notes__[0]

    assert ended(play(scenario, seconds=20)) == 0


def test_a_photo_of_twenty_thousand_scans_stops_nothing(serve, hurried):
    address = serve(reading=1.5).address
    hostile = scans(20_000, side=1000)

    def send(body: bytes) -> tuple[int, str, float]:
        began = time.monotonic()
        reply = httpx2.post(f"{address}v1/caption", content=body, timeout=60)
        return reply.status_code, reply.json().get("error", ""), time.monotonic() - began

    with ThreadPoolExecutor(6) as clients:
        sent = [clients.submit(send, hostile) for _ in range(5)]
        time.sleep(0.1)
        assert send(photo())[0] == 200
        refused = [each.result() for each in sent]
    assert {status for status, *_ in refused} <= {422, 503}
    assert all(error for _, error, _ in refused)
    assert send(photo())[0] == 200
