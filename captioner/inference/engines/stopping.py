"""Stopping a search between two words, when nobody waits for its captions any more."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")
Stop = Callable[[], bool]


class Stopped(Exception):
    """The search was asked to stop."""


def never() -> bool:
    """Goes on to the end."""
    return False


def stoppable(stepper: T, stop: Stop) -> T:
    """The stepper of a search, of torch or of numpy; it asks before each step whether to stop, and raises `Stopped`."""
    return cast(T, _Stoppable(stepper, stop))


class _Stoppable:
    """Stands before a stepper."""

    def __init__(self, stepper: Any, stop: Stop) -> None:
        self._stepper, self._stop = stepper, stop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stepper, name)

    def step(self, *given: Any, **named: Any) -> Any:
        if self._stop():
            raise Stopped
        return self._stepper.step(*given, **named)

    def keep(self, *given: Any) -> Any:
        return _Stoppable(self._stepper.keep(*given), self._stop)
