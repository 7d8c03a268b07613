"""A verb in a child of this process, which has imported everything: it begins at once, and may be killed."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.crash.shim import arm

LONG = 120.0  # seconds, after which a child hangs


class Attack(NamedTuple):
    """What happens at which change below which folder."""

    below: Path
    nth: int
    mode: str
    changes: Path | None = None
    """File for a line a change."""


class Ended(NamedTuple):
    """How a child ended."""

    code: int
    """As a shell sees it; -9 if it was killed."""
    hung: bool
    said: str
    """What it wrote on stderr."""


def run(verb: Callable[[], int], log: Path, attack: Attack | None = None) -> Ended:
    """Runs it; its stdout is for the verb to choose, its stderr goes into the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        _live(verb, log, attack)
    hung, limit = False, time.monotonic() + LONG
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return Ended(os.waitstatus_to_exitcode(status), hung, log.read_text(errors="replace"))
        if time.monotonic() > limit and not hung:
            hung = True
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)


def _live(verb: Callable[[], int], log: Path, attack: Attack | None) -> None:
    code = 70
    try:
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(handle, 2)
        sys.stderr = os.fdopen(2, "w", buffering=1)
        if attack is not None:
            arm(*attack)
        try:
            code = verb()
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
