"""What ends a training from outside, as the command line understands it: Ctrl-C, or another process that is gone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from torch.distributed import DistError

BETWEEN = ("gloo", "nccl", "Connection closed by peer", "Connection reset by peer", "Broken pipe")
"""Words of errors that arise where processes exchange gradients; not all of them have a type of their own."""
GONE = (
    "another process of this training ended or cannot be reached, so this one ends too; what that one said is why, and"
    " --resume goes on from the last checkpoint"
)


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


def another_is_gone(error: RuntimeError) -> bool:
    """Whether a training ended because another of its processes had."""
    return isinstance(error, DistError) or any(word in str(error) for word in BETWEEN)
