"""One process that decodes and draws for the service: a thread in the middle of decoding cannot be stopped.

It is forked from a small process that has read nothing but the readers' modules, so that a new one is there within
milliseconds. An embedding program guards its own start by `if __name__ == "__main__"`, as multiprocessing asks.
"""

import multiprocessing
import os
import signal
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

# loaded once, in the process from which readers are forked; by name, for to load them here would be too much
NEEDED = [
    "captioner.serving.work.seeing",
    "captioner.serving.web.routes.replies",
    "captioner.serving.web.routes.drawing",
]
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
ALONE = 5.0  # seconds after its deadline in which a reader that nobody ends, its service being dead, ends itself
GENTLE = 10  # niceness of a reader with a slow photo

processes: Any = multiprocessing.get_context(METHOD)


class Died(Exception):
    """The process ended in the middle of its work."""


class Reader:
    """A process that does one thing at a time; all but `end` is called from one thread at a time.

    Args:
        seconds: for which it may work on anything.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.ended = seconds, False
        self._process: Any = None
        self._line: Any = None

    def start(self) -> None:
        """Starts the process, if it is not there."""
        if self._process is None:
            processes.set_forkserver_preload(NEEDED)
            self._line, theirs = processes.Pipe()
            self._process = processes.Process(target=_serve, args=(theirs, self.seconds), name="reader", daemon=True)
            self._process.start()
            theirs.close()

    def do(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Calls a function of a module there, and gives its result.

        Raises:
            Died: the process ended, or was ended.
            Exception: whatever the function raised.
        """
        try:
            self.start()
            self._line.send((function, arguments))
            good, result = self._line.recv()
        except (EOFError, ConnectionError):
            self.end()
            self._process.join()
            self._line.close()
            raise Died from None
        if not good:
            raise result
        return result

    def gently(self) -> None:
        """Lets whatever else runs on this machine go first from now on."""
        if self._process is not None and hasattr(os, "setpriority"):
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, GENTLE)

    def end(self) -> None:
        """Ends the process, whatever it does; from any thread."""
        self.ended = True
        if self._process is not None:
            self._process.kill()


def _serve(line: Connection, seconds: float) -> None:
    """Does what comes along the line until it is closed."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # meant for the service, which finishes what it accepted
        signal.signal(ending, signal.SIG_IGN)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (what codecs print themselves would break the service's log)
        os.dup2(nowhere.fileno(), 2)
    warnings.simplefilter("ignore")
    with suppress(EOFError, ConnectionError):
        while True:
            function, arguments = line.recv()
            _alarm(seconds + ALONE)
            line.send(_result(function, arguments))
            _alarm(0)


def _alarm(seconds: float) -> None:
    """The system ends this process after so long; 0 calls it off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _result(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except ValueError as error:
        return False, error
    except Exception as error:  # the service's log gets it whole
        error.add_note(traceback.format_exc())
        return False, error
