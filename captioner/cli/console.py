"""The streams of the command line: output never dies of a name, whatever the console can show."""

import io
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any


def open_streams() -> None:
    """What the console cannot show is printed with escapes; bytes on stdin that are no text stay what they are."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")


def json_line(value: Any) -> str:
    """JSON for one line of stdout, in letters that its encoding has; the value comes back from it."""
    letters = json.dumps(value, ensure_ascii=False)
    plain = letters.isprintable() and (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    return letters if plain else json.dumps(value)


def listed(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a list of files: without their ends, CR LF too, without a byte-order mark and without blank ones."""
    for number, line in enumerate(lines):
        name = (line.removeprefix("\ufeff") if number == 0 else line).rstrip("\r\n")
        if name.strip():
            yield name
