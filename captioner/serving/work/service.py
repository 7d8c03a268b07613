"""One bundle at work for many: a place for each request, its photo, its time, and a way out for those who leave."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from captioner.decoding.settings import Decoding
from captioner.inference import Answers, Caption, Captioner
from captioner.serving.work.batching import Batcher, Full
from captioner.serving.work.metrics import Metrics
from captioner.serving.work.network import Answer, Asked, Explain, Say, Task, Told, together, worker
from captioner.serving.work.readers import Crowded, Died, Late, Readers
from captioner.serving.work.schemas.server import ModelReply
from captioner.serving.work.seeing import Square
from captioner.serving.work.settings import Limits
from captioner.serving.work.uploads import Arriving, photo_bytes

T = TypeVar("T")


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
        self.readers = Readers(limits.reading, self.metrics)
        self.arriving = Arriving(limits.places * limits.megabytes * 1e6)

    @asynccontextmanager
    async def running(self, _: object) -> AsyncIterator[None]:
        """The life of the application: at its end, what was accepted is finished."""
        async with self.readers.running(), self.network.running():
            yield

    @asynccontextmanager
    async def guest(self, request: Request) -> AsyncIterator[bytes]:
        """Receives the photo, then as `visitor`. A full house refuses before anything is received.

        Raises:
            HTTPException: as `visitor` and `photo_bytes`.
            ClientDisconnect: the client left.
        """
        if self.network.full:
            raise self._full()
        with self.metrics.arriving.track_inprogress():
            data = await photo_bytes(request, self.limits, self.arriving)
        async with self.visitor(request):
            yield data

    @asynccontextmanager
    async def visitor(self, request: Request) -> AsyncIterator[None]:
        """Takes a place; the block lasts as long as the client stays and patience allows.

        Raises:
            HTTPException: 503 when no place is free, or the answer takes too long.
            ClientDisconnect: the client left.
        """
        patience = self.limits.patience
        try:
            with self.network.place(), self.metrics.places.track_inprogress():
                async with asyncio.timeout(patience), staying(request):
                    yield
        except TimeoutError:
            raise busy(f"no answer within {patience:g} s", wait=math.ceil(patience)) from None
        except Full:
            raise self._full() from None

    def _full(self) -> HTTPException:
        return busy(f"the server is full ({self.network.places} requests at once)", wait=1)

    async def captions(self, photo: Square, decoding: Decoding) -> Sequence[Caption]:
        """Captions of the square that the network sees."""
        return cast(Sequence[Caption], await self.network.result(Say(decoding), (photo, ())))

    async def answers(self, photo: Square, questions: Sequence[str], *, top: int) -> Sequence[Answers]:
        """Answers to questions about the square that the network sees."""
        return cast(Sequence[Answers], await self.network.result(Answer(top), (photo, tuple(questions))))

    async def explained(self, photo: Square, text: str, language: str | None = None) -> Caption:
        """A given caption with its attention.

        Raises:
            ValueError: the text has no word.
        """
        return cast(Caption, (await self.network.result(Explain(language), (photo, (text,))))[0])

    async def aside(self, doing: str, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function in a process that can be given up.

        Args:
            doing: what is done, as the subject of a sentence.
            function: of a module.
            arguments: its own; they and the result are pickled.

        Raises:
            HTTPException: 422 when it takes too long, or ends its process; 503 when much else is slow too.
            Exception: whatever the function raised.
        """
        try:
            return await self.readers.do(function, *arguments)
        except Late:
            sentence = f"{doing} takes longer than {self.limits.reading:g} s"
        except Died:
            sentence = f"{doing} takes too much memory, or breaks its decoder"
        except Crowded:
            raise busy(
                f"{doing} is slow, and so are others at this moment", wait=math.ceil(self.limits.reading)
            ) from None
        raise HTTPException(422, f"{sentence}; save the photo anew as a plain JPEG or PNG, or send a smaller one")


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
