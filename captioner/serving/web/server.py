"""Opening the address and serving there until somebody ends it; what was accepted is finished."""

import logging
import os
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from captioner.serving.web.logs import JsonLines

KEEP_ALIVE = 75  # seconds; a client that reuses a connection must not find it closed, and most give up theirs earlier


def listen(host: str, port: int) -> socket.socket:
    """Opens an address; port 0 takes a free one.

    Raises:
        OSError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise OSError(
            f"{host} port {port} cannot be listened at ({reason}); give another --host or --port, 0 picks one"
        ) from None


def address(listening: socket.socket) -> str:
    """What to type into a browser."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def server(app: FastAPI, *, patience: float) -> uvicorn.Server:
    """The server; when it is told to end, requests have `patience` seconds, in pairs for photo and answer."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=round(2 * patience),
        )
    )


def run(app: FastAPI, listening: socket.socket, *, patience: float) -> None:
    """Serves until Ctrl-C or SIGTERM, and logs JSON lines on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)  # a library that warns does so in the log, and does not break its lines
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: None)  # the server handles it, then raises it again: by then all is done
    server(app, patience=patience).run(sockets=[listening])
