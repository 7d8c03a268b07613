"""What a run has done so far, for the next one to go on with, and the tables that are made of it.

A row goes into a hidden file as soon as the photo's other files are written; a line that a killed process left half
is cut off. The tables are written of it at the end, and the hidden file goes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from captioner.disk.locks import busy, lock, release
from captioner.folders.writing.policy import Policy
from captioner.folders.writing.tables import NAME, Row, json_row, rows_of, write_rows

HIDDEN = ".captions.begun"


class Journal:
    """The journal of a run; a context manager, which keeps other runs from the same one.

    Args:
        home: the folder where it lies, and the tables.
        tables: their kinds.
        policy: how captions are written.
        settings: whatever else makes a run the same as the one that was interrupted.

    Raises:
        ValueError: another run is at work there, or a table there is another's.
    """

    def __init__(self, home: Path, tables: tuple[str, ...], policy: Policy, settings: Mapping[str, Any]) -> None:
        self.home, self.path, self.tables, self.policy = home, home / HIDDEN, tables, policy
        self.head = {"tables": list(tables), "policy": asdict(policy), **settings}
        self.file: TextIOWrapper | None = None

    def __enter__(self) -> "Journal":
        if busy(self.path):
            raise ValueError(f"another run is at work in {self.home}; wait for it, or stop it")
        head, begun = _read(self.path)
        if head is not None and head != self.head:  # another run was interrupted: its tables get what it did
            Journal(self.home, tuple(head["tables"]), Policy(**head["policy"]), {})._write_tables(begun)
            self.path.unlink()
            begun = {}
        self.begun = begun
        self.tabled = {kind: {row["path"] for row in rows_of(self._table(kind))} for kind in self.tables}
        self.home.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            file.truncate(_whole_lines(self.path))
        self.held = lock(self.path, wait=False)
        self.file = self.path.open("a", encoding="utf-8", buffering=1)
        if not self.path.stat().st_size:
            self.file.write(json.dumps(self.head) + "\n")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """The tables get what was done, also by a run that is interrupted; that one can be gone on with."""
        assert self.file is not None
        self.file.close()
        try:
            self._write_tables(_read(self.path)[1])
            if kind is None:
                self.path.unlink()
        finally:
            release(self.held)

    def name(self, photo: Path) -> str:
        """A photo's name in the tables: relative to them where it lies below them."""
        here, there = self.home.resolve(), photo.parent.resolve() / photo.name
        return (there.relative_to(here) if here in there.parents else there).as_posix()

    def wants(self, photo: Path) -> bool:
        """Whether a table lacks the photo, or is to get it anew."""
        name = self.name(photo)
        if name in self.begun or not self.tables:
            return False
        return self.policy.done != "skip" or any(name not in tabled for tabled in self.tabled.values())

    def did(self, photo: Path) -> bool:
        """Whether the run that is gone on with has done the photo."""
        return self.name(photo) in self.begun

    def add(self, row: Row) -> None:
        """Notes that a photo is done."""
        assert self.file is not None
        self.file.write(json_row(row) + "\n")

    def _table(self, kind: str) -> Path:
        return self.home / f"{NAME}.{kind}"

    def _write_tables(self, rows: Mapping[str, Row]) -> None:
        for kind in self.tables if rows else ():
            write_rows(self._table(kind), self._merged(self._table(kind), rows))

    def _merged(self, table: Path, rows: Mapping[str, Row]) -> Iterator[Row]:
        """The table's rows, with the new ones in the places of old ones of the same photos, or at the end."""
        old_names = set()
        for old in rows_of(table):
            new = rows.get(old["path"])
            old_names.add(old["path"])
            if new is None or self.policy.done == "skip":
                yield old
            elif self.policy.done == "overwrite":
                yield new
            else:
                yield {**new, "caption": self.policy.joined(old["caption"], new["caption"])}
        yield from (row for name, row in rows.items() if name not in old_names)


def _read(path: Path) -> tuple[dict[str, Any] | None, dict[str, Row]]:
    """The settings and the rows of a journal, up to the last whole line; None where there is no whole line."""
    if not path.exists():
        return None, {}
    lines = path.read_bytes()[: _whole_lines(path)].decode("utf-8").split("\n")[:-1]
    if not lines:
        return None, {}
    try:
        head, *rows = map(json.loads, lines)
        return head, {row["path"]: row for row in rows}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged; remove it, and the run begins anew") from None


def _whole_lines(path: Path) -> int:
    """How many bytes end with a line's end."""
    return path.read_bytes().rfind(b"\n") + 1
