"""Watching folders: photos that arrive are given on once they are whole."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from captioner.photos import Found

PAUSE = 2.0  # seconds between two looks; for which a photo that is being copied must not change
SHARE = 20  # looking takes at most one part in so many of the time, however large the folder


def arrivals(find: Callable[[], list[Found]], sleep: Callable[[float], None] = time.sleep) -> Iterator[list[Found]]:
    """Gives photos that are new or have changed, again and again, until somebody stops asking.

    The first look gives what is there already. A photo is given again only if it changes, whatever became of it.

    Args:
        find: finds the photos; a folder without one is as good.
        sleep: waits for so many seconds.
    """
    given: dict[Path, tuple[int, int]] = {}
    before: dict[Path, tuple[int, int]] = {}
    while True:
        began = time.monotonic()
        try:
            photos = find()
        except FileNotFoundError:
            photos = []
        now = {found.path: state for found in photos if (state := _state(found.path)) is not None}
        steady = {path for path, state in now.items() if before.get(path) == state and given.get(path) != state}
        looked = time.monotonic() - began
        before, given = now, {path: state for path, state in given.items() if path in now}
        if fresh := [found for found in photos if found.path in steady]:
            given.update((found.path, now[found.path]) for found in fresh)
            yield fresh
        sleep(max(PAUSE, SHARE * looked))


def _state(path: Path) -> tuple[int, int] | None:
    """What changes while a file is written; None if it is gone."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
