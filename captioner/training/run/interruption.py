"""Ctrl-C ends a training as it ends every other program: with KeyboardInterrupt, which the command line understands."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """Undoes what Lightning makes of Ctrl-C: a SystemExit, after which the process no longer hears of another.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed within.
    """
    told = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as end:
        if not isinstance(end.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, told)
        raise KeyboardInterrupt from None
