"""Locks on files and folders, which the system takes from a process that ends; and the names of temporaries."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

if sys.platform != "win32":
    import fcntl
else:
    fcntl = None  # files are written whole there too, but readers and writers do not wait for each other

UNFINISHED, FORMER = ".unfinished", ".former"


def beside(path: Path, what: str) -> Path:
    """The name of a temporary beside `path`."""
    return path.with_name(f".{path.name}{what}")


def lock(path: Path, *, shared: bool = False, wait: bool = True) -> int | None:
    """Locks a file or folder; None where it is not there, where another holds it, or where there is no such lock."""
    if fcntl is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | (0 if shared else os.O_NOFOLLOW))
    except OSError:
        return None
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # held by another, or a disk without locks
        os.close(handle)
        return None
    return handle


def busy(path: Path) -> bool:
    """Whether another process holds a lock on a file; False where there is no file, or there are no such locks."""
    if fcntl is None:
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def release(held: int | None) -> None:
    """Gives a lock back, if there is one."""
    if held is not None:
        os.close(held)


def stands(held: int, path: Path) -> bool:
    """Whether what was locked still stands at its name."""
    try:
        return os.path.samestat(os.fstat(held), path.stat())
    except OSError:
        return False


def begin(temporary: Path, make: Callable[[], None]) -> int | None:
    """Makes a temporary and locks it; waits for another writer of the same, and clears what a dead one left."""
    while True:
        if os.path.lexists(temporary):
            left = lock(temporary)
            if left is None or stands(left, temporary):
                remove(temporary)
            release(left)
        try:
            make()
        except FileExistsError:
            continue
        held = lock(temporary)
        if held is None or stands(held, temporary):
            return held
        release(held)


def remove(path: Path) -> None:
    """Removes a file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
