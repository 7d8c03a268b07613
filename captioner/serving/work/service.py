"""One bundle at work for many: a place for each request, its photo, its time, and a way out for those who leave."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from fastapi import HTTPException, Request
from PIL import Image
from starlette.requests import ClientDisconnect

from captioner.decoding.settings import Decoding
from captioner.inference import Answers, Caption, Captioner
from captioner.serving.work.batching import Batcher, Full
from captioner.serving.work.metrics import Metrics
from captioner.serving.work.network import Answer, Asked, Explain, Say, Task, Told, together, worker
from captioner.serving.work.schemas import ModelReply
from captioner.serving.work.settings import Limits
from captioner.serving.work.uploads import photo_bytes

T = TypeVar("T")
READERS = 2  # threads that decode photos and draw


class Service:
    """What the endpoints share.

    Args:
        model: the bundle, opened.
        limits: what is accepted.
        card: what is told of the model.
    """

    def __init__(self, model: Captioner, limits: Limits, card: ModelReply) -> None:
        self.model, self.limits, self.card, self.metrics = model, limits, card, Metrics()
        self.network: Batcher[Task, Asked, Told] = Batcher(
            worker(model, self.metrics),
            places=limits.places,
            batch=limits.batch,
            gather=limits.gather,
            together=together,
        )
        self.metrics.places.set_function(lambda: self.network.taken)

    @asynccontextmanager
    async def running(self, _: object) -> AsyncIterator[None]:
        """The life of the application: at its end, what was accepted is finished."""
        with ThreadPoolExecutor(READERS, thread_name_prefix="reader") as self.readers:
            async with self.network.running():
                yield

    @asynccontextmanager
    async def guest(self, request: Request) -> AsyncIterator[bytes]:
        """Takes a place and reads the photo; the block lasts as long as the client stays and patience allows.

        Raises:
            HTTPException: 503 when no place is free or the network is too slow, 408 when the client is; as
                `photo_bytes`.
            ClientDisconnect: the client left.
        """
        patience = self.limits.patience
        try:
            with self.network.place():
                try:
                    async with asyncio.timeout(patience):
                        data = await photo_bytes(request, self.limits)
                except TimeoutError:
                    raise HTTPException(408, f"the photo did not arrive within {patience:g} s") from None
                try:
                    async with asyncio.timeout(patience), staying(request):
                        yield data
                except TimeoutError:
                    raise busy(f"no answer within {patience:g} s", wait=math.ceil(patience)) from None
        except Full:
            raise busy(f"the server is full ({self.network.places} requests at once)", wait=1) from None

    async def captions(self, photo: Image.Image, decoding: Decoding) -> Sequence[Caption]:
        """Captions of the square that the network sees."""
        return cast(Sequence[Caption], await self.network.result(Say(decoding), (photo, ())))

    async def answers(self, photo: Image.Image, questions: Sequence[str], *, top: int) -> Sequence[Answers]:
        """Answers to questions about the square that the network sees."""
        return cast(Sequence[Answers], await self.network.result(Answer(top), (photo, tuple(questions))))

    async def explained(self, photo: Image.Image, text: str) -> Caption:
        """A given caption with its attention.

        Raises:
            ValueError: the text has no word.
        """
        return cast(Caption, (await self.network.result(Explain(), (photo, (text,))))[0])

    async def aside(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, function, *arguments)


def busy(reason: str, *, wait: int) -> HTTPException:
    """What is answered when there is too much to do; `wait` is in seconds."""
    return HTTPException(503, f"{reason}; try again in {wait} s", headers={"Retry-After": str(wait)})


@asynccontextmanager
async def staying(request: Request) -> AsyncIterator[None]:
    """A block that ends when the client leaves; to be entered once the body was read.

    Raises:
        ClientDisconnect: it left.
    """
    task = asyncio.current_task()
    assert task is not None
    left = False

    async def watch() -> None:
        nonlocal left
        while (await request.receive())["type"] != "http.disconnect":
            pass
        left = True
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not left:
            raise
        task.uncancel()
        raise ClientDisconnect from None
    finally:
        watcher.cancel()
