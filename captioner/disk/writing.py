"""Files and folders that appear whole or not at all, and whose errors name what was to be written."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from captioner.disk.locks import FORMER, UNFINISHED, begin, beside, release
from captioner.disk.replacing import put, recover, sync, sync_all


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a temporary name beside `path`; what was written there takes the place of `path` only on success.

    Raises:
        OSError: it cannot be written; the sentence names `path`.
    """
    temporary = beside(path, UNFINISHED)
    with names(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = begin(temporary, lambda: temporary.touch(exist_ok=False))
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            release(held)


@contextmanager
def whole_folder(path: Path, *, made: Collection[str] | None = None) -> Iterator[Path]:
    """Gives a temporary folder beside `path`, which becomes `path` only on success.

    Args:
        path: of the folder.
        made: with it, a folder that is there is replaced in one step; of what that holds, these names are left to the
            writer, and all else moves along.

    Raises:
        ValueError: `path` exists already, is no empty folder, and is not to be replaced; or cannot be.
        OSError: it cannot be written; the sentence names `path`.
    """
    recover(path)
    check_replaceable(path, made)
    place = path.resolve()
    temporary = beside(place, UNFINISHED)
    with names(path, temporary):
        place.parent.mkdir(parents=True, exist_ok=True)
        held = begin(temporary, temporary.mkdir)
        try:
            yield temporary
            if place.is_dir():
                _move_along(place, temporary, made or ())
            sync_all(temporary)
            put(temporary, place)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        finally:
            release(held)


def check_replaceable(path: Path, made: Collection[str] | None = None) -> None:
    """Refuses a folder that `whole_folder` would not write.

    Raises:
        ValueError: see there.
    """
    if path.exists() and (path.is_file() or (made is None and any(path.iterdir()))):
        raise ValueError(f"{path} exists already; remove it, or name another folder")
    if made is None or not path.exists():
        return
    here, place = Path.cwd(), path.resolve()
    if place in (here, *here.parents) or place.is_mount():
        what = "is a disk of its own" if place.is_mount() else "is where you are"
        raise ValueError(f"{path} {what}, and cannot be replaced as a whole; name a folder in it")


def check_writable(path: Path) -> None:
    """Finds out before long work whether a file or folder can be written at its end; leaves nothing.

    Raises:
        ValueError: it is a folder that cannot be replaced as a whole.
        OSError: nothing can be written there.
    """
    if path.is_dir():
        check_replaceable(path, ())
    place = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise type(error)(f"{path} cannot be written: {error.strerror}") from None


@contextmanager
def names(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Errors of the disk name what was to be written, and not a temporary name.

    Raises:
        OSError: of the same type, as a sentence.
    """
    try:
        yield
    except OSError as error:
        said, hidden = str(error), str(temporary or path)
        if error.errno is not None:
            place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else Path(hidden)
            place = path if place in path.absolute().parents or place in path.parents else place
            said = f"{place} cannot be written: {os.strerror(error.errno)}"
        if hidden not in said and str(path) not in said:
            raise
        raise type(error)(said.replace(hidden, str(path))) from error


def _move_along(old: Path, new: Path, made: Collection[str]) -> None:
    """Gives the new folder what else the old one holds: the same files under a second name, where the disk can."""
    for path in old.iterdir():
        if path.name in made or path.name.endswith((UNFINISHED, FORMER)) or (new / path.name).exists():
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True, copy_function=_second_name)
        else:
            _second_name(path, new / path.name)


def _second_name(old: str | Path, new: str | Path) -> None:
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:  # not every disk has second names
        shutil.copy2(old, new, follow_symlinks=False)
