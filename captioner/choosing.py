"""Which of several ways does a piece of work fastest, here and now: the work itself is what is measured."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from threading import Lock
from time import perf_counter
from typing import Any

log = logging.getLogger(__name__)
MEASURED = 0.5
"""Seconds of work that are measured before a choice."""
FALLEN = 1.5
"""So many times as long a piece takes where the speed has fallen."""
SOONEST, AGAIN = 10, 50
"""A look is over for so many times the time that it took: after a change at first, and when nothing has changed."""


class Choice:
    """Tries ways in turns, keeps to the fastest, and looks again: now and then, or when the speed falls.

    All ways must do the same. Looking costs a tenth of the time after a change, for another may follow, and a fiftieth
    where nothing changes. When the speed falls it looks at once, but for a while after it has looked in vain. What has
    become slow is not tried then, so that the first look behind it may cost more than that tenth.

    Args:
        work: what is done, for the log.
        ways: names of the ways; the first is taken to begin with. One alone is never measured.
        unit: what pieces are counted in, in the plural.
        clock: seconds from any beginning on.
    """

    def __init__(self, work: str, ways: Sequence[str], *, unit: str, clock: Callable[[], float] = perf_counter) -> None:
        self.work, self.ways, self.unit, self.clock = work, tuple(ways), unit, clock
        self.chosen, self.best = self.ways[0], 0.0
        self._patience, self._fallen = AGAIN, False
        self._lock = Lock()
        self._look()

    @property
    def way(self) -> str:
        """That of the next piece."""
        return self._queue[0] if self._queue and len(self.ways) > 1 else self.chosen

    @contextmanager
    def piece(self, size: int = 1) -> Iterator[str]:
        """One piece of the work, of so many units, to be done within in the way that it gives."""
        way, begun = self.way, self.clock()
        yield way
        self.took(way, self.clock() - begun, size)

    def took(self, way: str, seconds: float, size: int = 1) -> None:
        """Tells how long a piece took in that way; what other threads did meanwhile in other ways is not counted."""
        with self._lock:
            if len(self.ways) == 1 or size == 0 or way != self.way:
                return
            if self._queue:
                self._tried(seconds, size)
            else:
                self._watch(seconds, size)

    def __getstate__(self) -> dict[str, Any]:
        """A lock cannot be sent to another process; there it is a new one."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=Lock())

    def _look(self, known: Mapping[str, float] | None = None) -> None:
        """Begins to try the ways, but for those of which the seconds of a unit are known."""
        self._each: dict[str, list[float]] = {way: [] for way in self.ways}
        """Seconds of a unit by way; the first is to warm up."""
        self._each |= {way: [seconds] * 2 for way, seconds in (known or {}).items()}
        self._tried_ways = [way for way in self.ways if not self._each[way]]
        self._queue = deque(self._tried_ways)
        self._looked = self._measured = 0.0

    def _tried(self, seconds: float, size: int) -> None:
        times = self._each[self._queue.popleft()]
        times.append(seconds / size)
        self._looked += seconds
        self._measured += seconds if len(times) > 1 else 0
        if self._queue:
            return
        if self._measured < MEASURED:
            self._queue.extend(self._tried_ways)
            return
        speeds = {way: 1 / max(median(times[1:]), 1e-9) for way, times in self._each.items()}
        self._choose(speeds)

    def _choose(self, speeds: dict[str, float]) -> None:
        before, first = self.chosen, self.best == 0
        self.chosen = max(speeds, key=speeds.__getitem__)
        self.best, self._since, self._recent = speeds[self.chosen], 0.0, (0.0, 0)
        changed = self.chosen != before and not first
        self._patience = SOONEST if changed else min(2 * self._patience, AGAIN)
        self._fallen &= not changed
        if first or changed:
            others = ", ".join(f"{way} {speeds[way]:.3g}" for way in self.ways if way != self.chosen)
            log.info("%s: %s, %.3g %s a second (%s)", self.work, self.chosen, self.best, self.unit, others)

    def _watch(self, seconds: float, size: int) -> None:
        self._since += seconds
        self._recent = self._recent[0] + seconds, self._recent[1] + size
        if self._since > self._patience * self._looked:
            self._fallen = False
            self._look()
        elif self._recent[0] > MEASURED:
            each = self._recent[0] / self._recent[1]
            self._recent = 0.0, 0
            if 1 / each < self.best / FALLEN and not (self._fallen and self._since < SOONEST * self._looked):
                self._fallen = True
                self._look({self.chosen: each})  # a piece may take very long in a way that has become slow
