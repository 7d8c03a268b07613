"""Which photos an index knows: by path, size and time of change; and by content, which has a row in its files."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple, Self

TABLES = """
CREATE TABLE IF NOT EXISTS photo (path BLOB PRIMARY KEY, size INTEGER, changed INTEGER, content TEXT);
CREATE TABLE IF NOT EXISTS content (content TEXT PRIMARY KEY, row INTEGER UNIQUE, checksum INTEGER);
CREATE INDEX IF NOT EXISTS by_content ON photo (content);
"""
SEEN = "EXISTS (SELECT 1 FROM photo WHERE photo.content = content.content)"


class Facts(NamedTuple):
    """What tells whether a photo is the one that was seen."""

    size: int
    """Bytes."""
    changed: int
    """Nanoseconds."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Of the file as it is now."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns)


class Kept(NamedTuple):
    """A content of the index."""

    row: int
    checksum: int
    """CRC-32 of what is kept of it."""


class Table:
    """The table of an index, in SQLite; each method's changes are on the disk when it returns.

    Raises:
        ValueError: the file is no such table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._sentences():
            self.base = sqlite3.connect(path, timeout=60)
            self.base.executescript(TABLES)

    def close(self) -> None:
        """Lets the file go."""
        self.base.close()

    def facts(self) -> dict[bytes, Facts]:
        """Of all photos that were seen, by path."""
        with self._sentences():
            return {path: Facts(*facts) for path, *facts in self.base.execute("SELECT path, size, changed FROM photo")}

    def rows(self) -> dict[bytes, Kept]:
        """Of all photos that could be read, by path."""
        with self._sentences():
            joined = self.base.execute("SELECT path, row, checksum FROM photo JOIN content USING (content)")
            return {path: Kept(*kept) for path, *kept in joined}

    def has(self, content: str) -> bool:
        """Whether this content has a row."""
        with self._sentences():
            return bool(self.base.execute("SELECT 1 FROM content WHERE content = ?", [content]).fetchone())

    def see(self, photos: Mapping[Path, tuple[Facts, str | None]]) -> None:
        """Notes photos and what they hold; None for one that cannot be read."""
        values = [[key_of(path), *facts, content] for path, (facts, content) in photos.items()]
        with self._sentences(), self.base:
            self.base.executemany("INSERT OR REPLACE INTO photo VALUES (?, ?, ?, ?)", values)

    def forget(self, paths: Iterable[bytes]) -> None:
        """Photos that are gone; their contents keep their rows until another needs one."""
        with self._sentences(), self.base:
            self.base.executemany("DELETE FROM photo WHERE path = ?", [[path] for path in paths])

    def spare(self) -> Iterator[int]:
        """Rows that may be written into, without end: those of contents without a photo, then behind all others.

        A row is given only if nobody has come to need it meanwhile; its content is forgotten before.
        """
        with self._sentences():
            total = self.base.execute("SELECT coalesce(max(row) + 1, 0) FROM content").fetchone()[0]
            used = {row for (row,) in self.base.execute(f"SELECT row FROM content WHERE {SEEN}")}
        for row in (row for row in range(total) if row not in used):
            with self._sentences(), self.base:
                self.base.execute(f"DELETE FROM content WHERE row = ? AND NOT {SEEN}", [row])
                taken = self.base.execute("SELECT 1 FROM content WHERE row = ?", [row]).fetchone()
            if not taken:
                yield row
        yield from count(total)

    def add(self, contents: Sequence[str], rows: Sequence[int], checksums: Sequence[int]) -> None:
        """Contents whose rows are on the disk."""
        with self._sentences(), self.base:
            self.base.executemany("INSERT INTO content VALUES (?, ?, ?)", zip(contents, rows, checksums, strict=True))

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"{self.path} cannot be used ({error}); remove {self.path.parent}, and it is made again"
            ) from None


def key_of(path: Path) -> bytes:
    """A photo's name in the table: its absolute path, whatever bytes that has."""
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 (links stay what they are)
