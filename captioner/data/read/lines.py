"""Files line by line, and values of JSON one by one: text is checked where it enters, with file and line."""

import reprlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from captioner.files import check_file


def checked(entry: object, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    """Gives `entry[name]`, whose kind must be as it should.

    Raises:
        ValueError: the entry is no JSON object, or the value is missing, empty or of another kind.
    """
    if not isinstance(entry, dict) or name not in entry:
        raise ValueError(f"{where} has no {name!r}")
    value = entry[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        names = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        raise ValueError(f"{where}: {name!r} must be {names}, not {reprlib.repr(value)}")
    return value


def all_lines(path: Path) -> Iterator[str]:
    """Gives the lines of a UTF-8 file without their ends (LF, CR LF, or the CR of old Macs), one in memory at a time.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is a folder, a pipe or a device, or a line is not UTF-8.
    """
    try:
        check_file(path)
        with path.open("rb") as file:
            for number, line in enumerate(_cut(file), 1):
                yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ValueError(f"{path} is a folder, and a file of captions is needed") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} line {number} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Gives the lines that are not blank, with their numbers from 1."""
    return ((number, line) for number, line in enumerate(all_lines(path), 1) if line.strip())


def _cut(file: BufferedReader) -> Iterator[bytes]:
    """Cuts at LF; a file that begins with CR alone, as programs for old Macs write it, is cut there."""
    head = file.peek()
    if b"\r" in head and b"\n" not in head:
        yield from file.read().split(b"\r")
    else:
        yield from file
