"""Opening the address and serving there until somebody ends it; what was accepted is finished."""

import logging
import os
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from captioner.serving.web.connections import HEAD_BYTES, bounded
from captioner.serving.web.logs import JsonLines
from captioner.serving.work.service import Service

WAITING = 1024  # connections that the system keeps until they are taken
OTHER_FILES = 100  # open ones, beside connections
SENDING = 10.0  # seconds for which a client may leave its answer unread, beyond what an answer may take

logger = logging.getLogger("captioner.serving")


def listen(host: str, port: int) -> socket.socket:
    """Opens an address; port 0 takes a free one.

    Raises:
        OSError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if not 0 <= port < 2**16:  # asked for one, Python would leave the socket open
            raise OSError("ports are 0 to 65535")
        return socket.create_server((host, port), family=family, backlog=WAITING)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise OSError(
            f"{host} port {port} cannot be listened at ({reason}); give another --host or --port, 0 picks one"
        ) from None


def address(listening: socket.socket) -> str:
    """What to type into a browser."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def server(app: FastAPI) -> uvicorn.Server:
    """The server, with the limits of the application; connections beyond them are closed."""
    service: Service = app.state.service
    limits = service.limits
    work = 2 * limits.patience + SENDING  # a photo, and its answer
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=bounded(most=possible(limits.connections), work=work, metrics=service.metrics),
            h11_max_incomplete_event_size=HEAD_BYTES,
            ws="none",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(limits.ending)),
        )
    )


def possible(connections: int) -> int:
    """How many of these connections the system lets this process have; it is asked for more if they are too few."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows counts them otherwise
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= connections + OTHER_FILES:
        return connections
    needed = connections + OTHER_FILES
    soft = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    most = min(connections, max(1, soft - OTHER_FILES))
    if most < connections:
        logger.warning(f"only {most} connections at once: the system allows {soft} open files (ulimit -n)")
    return most


def log_lines() -> None:
    """Logs JSON lines on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)  # a library that warns does so in the log, and does not break its lines


def run(app: FastAPI, listening: socket.socket) -> None:
    """Serves until Ctrl-C or SIGTERM."""
    log_lines()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: None)  # the server handles it, then raises it again: by then all is done
    server(app).run(sockets=[listening])
