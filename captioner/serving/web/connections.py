"""One connection of the server: bounded in what it may send, and in how long it may take over each part of it."""

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any, Literal

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from captioner.serving.work.metrics import Metrics

HEAD_BYTES = 16_384  # of the line and headers of a request
HEAD = 10.0  # seconds for them
IDLE = 75.0  # a client that reuses a connection must not find it closed, and most give up theirs earlier
REST = 10.0  # for what is left of an upload that has been answered already

Stage = Literal["head", "idle", "rest", "work"]
SENTENCES = {
    400: "this is not HTTP as the server reads it",
    408: f"the head of the request did not arrive within {HEAD:g} s",
    431: f"the head of the request is larger than {HEAD_BYTES} bytes",
    503: "the server has too many connections; try again in 1 s",
}


class Connection(H11Protocol):
    """uvicorn's protocol with limits.

    Each stage has a time of its own, that begins with the stage and that no byte prolongs: the head of a request, its
    work with the answer, the rest of an upload, and idleness after it.

    Attributes:
        most: connections; one more closes the one that has been longest without a request, or is refused.
        work: seconds that a request and its answer may take.
        metrics: where connections that are closed are counted.
    """

    most: int
    work: float
    metrics: Metrics

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.stage: Stage = "head"
        self.since = 0.0
        self._served: Any = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """It is open."""
        super().connection_made(transport)
        self._enter("head")
        if len(self.connections) > self.most and sum(not each.ending for each in self._all()) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Something came, or may be read now."""
        super().handle_events()
        self._follow()

    def on_response_complete(self) -> None:
        """An answer was written."""
        super().on_response_complete()
        self._unset_keepalive_if_required()  # `IDLE` stands for it, and no byte prolongs it
        self._follow()

    def send_400_response(self, msg: str) -> None:
        """Answers what cannot be read; called where that was noticed."""
        error = sys.exception()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._say(error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400)
        self._close()

    def shutdown(self) -> None:
        """The server is to end."""
        if self.stage == "work":
            super().shutdown()
        else:
            self._close()

    @property
    def ending(self) -> bool:
        """Whether it is about to be closed."""
        return self.transport.is_closing()

    def _all(self) -> list["Connection"]:
        return [each for each in self.connections if isinstance(each, Connection)]

    def _should_upgrade(self) -> bool:
        return False

    def _follow(self) -> None:
        """Sees at which stage it is."""
        if self.cycle is not None and not self.cycle.response_complete:
            stage: Stage = "work"
        elif self.ending:
            stage = "work"  # its answer is on the way
        elif self.conn.our_state is h11.DONE:
            stage = "rest"
        elif self.cycle is None or self.conn.trailing_data[0]:
            stage = "head"
        else:
            stage = "idle"
        if stage != self.stage or self.cycle is not self._served:  # one request may follow another at once
            self._served = self.cycle
            self._enter(stage)

    def _enter(self, stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self.stage, self.since = stage, loop.time()
        seconds = {"head": HEAD, "idle": IDLE, "rest": REST, "work": self.work}[stage]
        self._timer = loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        """Its time is over."""
        self.metrics.connections_closed.labels(self.stage).inc()
        if self.stage == "head" and self.conn.trailing_data[0]:
            self._say(408)
            self._close()
        elif self.stage in ("head", "idle"):
            self._close()
        else:
            self.transport.abort()

    def _make_room(self) -> None:
        """Closes the connection that has been longest without a request, which may be this one."""
        waiting = [each for each in self._all() if each.stage != "work" and not each.ending and each is not self]
        if waiting:
            longest = min(waiting, key=lambda each: each.since)
            longest.transport.abort()
        else:
            self._say(503)
            self._close()
        self.metrics.connections_closed.labels("crowd").inc()

    def _say(self, status: int) -> None:
        """Answers without the application."""
        status = status if status in SENTENCES else 400
        body = json.dumps({"error": SENTENCES[status]}).encode()
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "content-type: application/json"]
        head += [f"content-length: {len(body)}", "x-content-type-options: nosniff", "connection: close"]
        head += ["retry-after: 1"] if status == 503 else []
        self.transport.write("\r\n".join([*head, "\r\n"]).encode() + body)

    def _close(self) -> None:
        self.transport.close()
        self._enter("work")


def bounded(*, most: int, work: float, metrics: Metrics) -> type[Connection]:
    """Connections with these limits; see `Connection`."""
    return type("Bounded", (Connection,), {"most": most, "work": work, "metrics": metrics})
