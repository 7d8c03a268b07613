"""One folder takes another's place in one step, and readers see the one or the other."""

import ctypes
import errno
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from captioner.disk.locks import FORMER, UNFINISHED, beside, lock, release, remove, stands

PATIENCE = 5.0  # seconds that an exchange waits for readers, of which one may have been stopped
TRIES = 10
MANY = 100  # files, from which on one call for the whole disk is faster than one for each
P = ParamSpec("P")
T = TypeVar("T")
Place = TypeVar("Place", bound=str | Path)


def put(new: Path, path: Path) -> None:
    """Puts a new folder in its place, on the disk too; the old one, if there is one, is removed."""
    if not path.exists():
        new.rename(path)
        sync(path.parent)
        return
    old, patience = lock(path, wait=False), time.monotonic() + PATIENCE
    while old is None and time.monotonic() < patience and os.name != "nt":
        time.sleep(0.005)
        old = lock(path, wait=False)
    try:
        gone = new
        if not exchange(new, path):
            gone = beside(path, FORMER)
            path.rename(gone)
            new.rename(path)
        sync(path.parent)
        shutil.rmtree(gone, ignore_errors=True)
    finally:
        release(old)


def exchange(one: Path, other: Path) -> bool:
    """Exchanges two names in one step; False where the system or the disk cannot."""
    here, there = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        name, arguments = "renameat2", (-100, here, -100, there, 2)  # AT_FDCWD, RENAME_EXCHANGE
    elif sys.platform == "darwin":
        name, arguments = "renamex_np", (here, there, 2)  # RENAME_SWAP
    else:
        return False
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return False
    if function(*arguments) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def recover(path: Path) -> None:
    """Puts a folder back that a process moved aside before it was killed; does nothing where nothing lies aside."""
    path = path.resolve()
    if not path.name or not beside(path, FORMER).exists():
        return
    former = beside(path, FORMER)
    held = lock(former)  # its writer, if it lives, holds it until the new folder stands
    if path.exists():
        shutil.rmtree(former, ignore_errors=True)
    elif former.exists():
        former.rename(path)
    release(held)


def clear(folder: Path) -> None:
    """Takes away what killed processes left in a folder, and puts back what they had moved aside."""
    for former in folder.glob(f".*{FORMER}"):
        recover(former.with_name(former.name[1 : -len(FORMER)]))
    for temporary in folder.glob(f".*{UNFINISHED}"):
        held = lock(temporary, wait=False)
        if held is not None:
            with suppress(OSError):  # what cannot be removed is in nobody's way
                remove(temporary)
        release(held)


def steady(read: Callable[Concatenate[Place, P], T]) -> Callable[Concatenate[Place, P], T]:
    """Decorates a reader of a folder, its first argument: it reads the old folder or the new one, and no mixture."""

    @wraps(read)
    def steadily(folder: Place, *arguments: P.args, **settings: P.kwargs) -> T:
        for _ in range(TRIES):  # once, where there are locks and the writer did not lose its patience
            with _kept(Path(folder)) as before:
                try:
                    value = read(folder, *arguments, **settings)
                except (OSError, ValueError):
                    if _identity(folder) == before and not (before is None and _moving(Path(folder))):
                        raise
                else:
                    if _identity(folder) == before:
                        return value
        raise OSError(f"{folder} is replaced all the time; wait until its training ends")

    return steadily  # type: ignore[return-value]  # whose first argument has a name


@contextmanager
def _kept(folder: Path) -> Iterator[tuple[int, int] | None]:
    """Keeps a folder from being replaced, where the system has such locks; yields which folder it is, if any."""
    recover(folder)  # waits for a writer that has moved the old one aside
    held = lock(folder, shared=True)
    while held is not None and not stands(held, folder):
        release(held)  # it was replaced while we waited
        held = lock(folder, shared=True)
    try:
        yield _identity(folder)
    finally:
        release(held)


def _identity(folder: str | Path) -> tuple[int, int] | None:
    try:
        facts = Path(folder).stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _moving(folder: Path) -> bool:
    """Whether a folder that was not there a moment ago is between two renames, or was just put in its place."""
    path = folder.resolve()
    return beside(path, FORMER).exists() or path.exists()


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    if os.name == "nt":
        return  # where a file that is read only cannot be synchronised, nor a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(folder: Path) -> None:
    """Waits until all of a folder is on the disk."""
    inside = [path for path in folder.rglob("*") if not path.is_symlink()]
    if len(inside) > MANY and os.name != "nt":
        os.sync()
        return
    for path in (*inside, folder):
        sync(path)
