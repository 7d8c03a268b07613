"""One update of an index: which photos must be looked at, and keeping what was seen."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from captioner.folders.finding.rows import Rows, checksum
from captioner.folders.finding.table import Facts, Table, key_of
from captioner.inference import Unreadable
from captioner.inference.judging.judge import Looked

NOTES = 1000  # photos of known content between two commits


class Work:
    """One update.

    Args:
        table: which photos are known.
        rows: what is kept of them, by name.
        before: what the table told of each photo when the update began.
    """

    def __init__(self, table: Table, rows: Mapping[str, Rows], before: dict[bytes, Facts]) -> None:
        self.table, self.rows, self.before = table, rows, before
        self.seen = self.looked = 0
        self.unreadable: list[Unreadable[Path]] = []
        self.spare = self.table.spare()
        self.found: dict[Path, tuple[Facts, str]] = {}
        """Photos on their way through the model."""
        self.noted: dict[Path, tuple[Facts, str | None]] = {}
        """What is not in the table yet."""

    def new(self, photos: Iterable[Path]) -> Iterator[Path]:
        """Those that the model must look at; the others are noted on the way."""
        for photo in photos:
            self.seen += 1
            try:
                facts = Facts.of(photo)
                if self.before.get(key_of(photo)) == facts:
                    continue
                with photo.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                yield photo  # whose reading will say why
                continue
            if self.table.has(content):
                self.noted[photo] = facts, content
                if len(self.noted) == NOTES:
                    self.note()
            else:
                self.found[photo] = facts, content
                yield photo

    def note(self) -> None:
        """Puts into the table what is noted."""
        self.table.see(self.noted)
        self.noted.clear()

    def keep(self, batch: Sequence[Looked[Path] | Unreadable[Path]]) -> None:
        """Writes what was seen of a batch, then notes it."""
        seen, new = 0, dict[str, Looked[Path]]()
        self.note()  # what has a row keeps it
        for one in batch:
            facts, content = self.found.pop(one.source, (None, ""))
            if isinstance(one, Unreadable):
                self.unreadable.append(one)
                if facts is None:
                    self.table.forget([key_of(one.source)])
                else:
                    self.noted[one.source] = facts, None
            elif facts is not None and _still(one.source, facts):
                seen += 1
                self.noted[one.source] = facts, content
                if not self.table.has(content):
                    new[content] = one
        rows = list(islice(self.spare, len(new)))
        for name, file in self.rows.items():
            if new:
                file.write(rows, np.stack([each.kept[name] for each in new.values()]))
        self.table.add(list(new), rows, [checksum(each.kept) for each in new.values()])
        self.note()
        self.looked += seen


def _still(photo: Path, facts: Facts) -> bool:
    """Whether a photo is still the file that was read; one that has changed meanwhile is left to the next update."""
    try:
        return Facts.of(photo) == facts
    except OSError:
        return False
