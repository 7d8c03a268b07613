"""Several processes behind one port, each with a model, a queue and limits of its own; what they count is summed.

Each listens at a socket of its own, and Linux gives every new connection to one of them (SO_REUSEPORT). Sockets stay
open here, so that what was given to a process that dies waits for the one that takes its place.
"""

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from tempfile import TemporaryDirectory

from fastapi import FastAPI

from captioner.serving.web.server import WAITING, listen, log_lines, run
from captioner.serving.work.metrics import FOLDER, forget

PAUSE = 1.0  # seconds before another process takes the place of one that died
GRACE = 10.0  # seconds beyond its own limit that a process has to end
Build = Callable[[], FastAPI]

logger = logging.getLogger("captioner.serving")
processes = multiprocessing.get_context("spawn")  # a fork would share threads that are not there


def listen_together(host: str, port: int, workers: int) -> list[socket.socket]:
    """A socket for each process, all at one address that nobody else has; port 0 takes a free one.

    Raises:
        OSError: it cannot be had.
        ValueError: this system does not share connections out.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise ValueError("--workers needs a system that shares a port out, such as Linux; leave it out")
    with listen(host, port) as alone:
        family, place = alone.family, alone.getsockname()
    return [socket.create_server(place[:2], family=family, backlog=WAITING, reuse_port=True) for _ in range(workers)]


class Worker:
    """One process.

    Args:
        build: makes its application.
        listening: its socket.
    """

    def __init__(self, build: Build, listening: socket.socket) -> None:
        self.build, self.listening = build, listening
        self.line, theirs = processes.Pipe(duplex=False)
        self.process = processes.Process(target=_work, args=(build, listening, theirs), name="worker")
        self.process.start()
        theirs.close()

    def begun(self) -> None:
        """Waits until it can take requests.

        Raises:
            ValueError: it cannot; the sentence is its own.
        """
        try:
            trouble = self.line.recv()
        except EOFError:
            trouble = "a worker ended before it began; is there too little memory for all of them?"
        if trouble:
            raise ValueError(trouble)

    def end(self, seconds: float) -> None:
        """Lets it finish what it accepted, and no longer than that."""
        self.process.join(seconds)
        self.process.kill()
        self.process.join()


def run_together(build: Build, listening: Sequence[socket.socket], *, ending: float, tell: Callable[[], None]) -> None:
    """Serves until Ctrl-C or SIGTERM; a process that dies is replaced.

    Args:
        build: makes the application of each process; it is sent there.
        listening: a socket for each.
        ending: seconds in which requests may still be finished at the end.
        tell: called once all take requests.

    Raises:
        ValueError: the application cannot be made.
    """
    log_lines()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="captioner-counts-") as counts:
        os.environ[FOLDER] = counts
        workers = list[Worker]()
        try:
            workers += (Worker(build, each) for each in listening)
            for worker in workers:
                worker.begun()
            tell()
            while True:
                wait([worker.process.sentinel for worker in workers])
                workers = [worker if worker.process.is_alive() else _replaced(worker) for worker in workers]
        except KeyboardInterrupt:
            pass
        finally:
            for worker in workers:
                worker.process.terminate()
            for worker in workers:
                worker.end(ending + GRACE)


def _replaced(worker: Worker) -> Worker:
    fields = {"code": worker.process.exitcode}
    logger.error("a worker died; another takes its place", extra={"fields": fields})
    forget(worker.process.pid)
    time.sleep(PAUSE)
    return Worker(worker.build, worker.listening)


def _work(build: Build, listening: socket.socket, line: Connection) -> None:
    """The life of a process."""
    threading.Thread(target=_follow, name="parent", daemon=True).start()
    try:
        app = build()
    except (ValueError, OSError) as error:
        line.send(str(error))
        return
    line.send("")
    line.close()
    run(app, listening)


def _follow() -> None:
    """Ends this process after the one that started it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
