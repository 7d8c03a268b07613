"""One JSON line a request, and counts of them: never a photo, a question, a caption or an address of a client."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captioner.serving.work.metrics import Metrics

logger = logging.getLogger("captioner.serving")

GONE = 499  # the client left before it was answered; nginx's number


class JsonLines(logging.Formatter):
    """A record as a line of JSON, with what was given as `extra={"fields": ...}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Gives the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Watched:
    """Wraps the application: tells the log and the metrics of every request.

    A path that is none of the application's is counted as `unknown`, so that strangers cannot invent labels.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, taken_in, method = time.perf_counter(), GONE, 0, scope["method"]

        async def counted() -> Message:
            nonlocal taken_in
            message = await receive()
            taken_in += len(message.get("body", b""))
            return message

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, counted, noted)
        finally:
            route = scope.get("route")
            path = getattr(route, "path", "unknown")
            seconds = time.perf_counter() - began
            self.metrics.requests.labels(path, status).inc()
            self.metrics.seconds.labels(path).observe(seconds)
            fields = {"method": method, "path": path, "status": status}
            logger.info("request", extra={"fields": {**fields, "bytes": taken_in, "seconds": round(seconds, 4)}})
