"""The index of photos on the disk: brought up to date with the folders, and read by whoever looks for photos."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from captioner.disk.locks import lock, release
from captioner.disk.writing import names
from captioner.files import read_json, write_json
from captioner.folders.finding.rows import Rows
from captioner.folders.finding.table import Facts, Kept, Table, key_of
from captioner.inference import Judge, Unreadable
from captioner.inference.judging.judge import Looked

BATCH = 16  # photos between two commits
NOTES = 1000  # photos of known content between two commits
FORMAT = 1


class Changes(NamedTuple):
    """What an update found."""

    looked: int
    """Photos that the model looked at."""
    known: int
    """Photos that were as before, or whose content was known."""
    gone: int
    """Photos that were there before."""
    unreadable: Sequence[Unreadable[Path]]


class Index:
    """An index, open; one process at a time has it.

    Args:
        folder: of the index; made where it is not there.
        judge: who looks at photos; an index of another model is made anew.

    Raises:
        OSError: it cannot be written.
        ValueError: a file of it is damaged.
    """

    def __init__(self, folder: Path, judge: Judge) -> None:
        self.folder, self.judge = folder, judge
        with names(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "lock").touch()
        self._held = lock(folder / "lock")
        try:
            self.rows = {name: Rows(folder / f"{name}.rows", shape) for name, shape in self._shapes().items()}
            self.table = Table(folder / "photos.sqlite")
        except BaseException:
            release(self._held)
            raise

    def _shapes(self) -> dict[str, Sequence[int]]:
        """Of what is kept of a photo, by name; what another model kept is taken away first."""
        path, model = self.folder / "index.json", {"format": FORMAT, "model": self.judge.identity}
        try:
            about = read_json(path)
        except (ValueError, FileNotFoundError):
            about = None
        if not isinstance(about, dict) or {name: about.get(name) for name in model} != model:
            for other in (*self.folder.glob("photos.sqlite*"), *self.folder.glob("*.rows")):
                other.unlink()
            about = model | {"shapes": {name: list(shape) for name, shape in self.judge.shapes.items()}}
            write_json(path, about)
        return about["shapes"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.table.close()
        release(self._held)

    def update(
        self,
        photos: Sequence[Path],
        *,
        below: Iterable[Path] = (),
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Changes:
        """Looks at the photos that are new or have changed, and forgets those that are gone.

        Args:
            photos: all that are there.
            below: folders all of whose photos are among them; others that were seen there are gone.
            progress: told (photos done, photos in all) after each batch.

        Raises:
            OSError: the index cannot be written.
        """
        before, there = self.table.facts(), {key_of(photo) for photo in photos}
        roots = tuple(key_of(folder).rstrip(b"/") + b"/" for folder in below)
        gone = [path for path in before if path not in there and path.startswith(roots)] if roots else []
        self.table.forget(gone)
        work = _Work(self, before)
        looked = self.judge.look_each(work.new(photos), batch=BATCH)
        while batch := list(islice(looked, BATCH)):
            work.keep(batch)
            progress(work.seen, len(photos))
        work.note()
        progress(len(photos), len(photos))
        known = len(photos) - work.looked - len(work.unreadable)
        return Changes(work.looked, known, len(gone), work.unreadable)

    def places(self, photos: Iterable[Path]) -> list[tuple[Path, Kept]]:
        """Where what is kept of these photos stands; without those that could not be read."""
        rows = self.table.rows()
        return [(photo, rows[key]) for photo in photos if (key := key_of(photo)) in rows]

    def expected(self, places: Sequence[Kept]) -> Iterator[np.ndarray]:
        """How often words are expected, (m, v) in float16, some photos at a time."""
        return self.rows["expected"].blocks([kept.row for kept in places])

    def memory(self, places: Sequence[Kept]) -> dict[str, np.ndarray]:
        """What the model needs of photos, each (b, ...), float16.

        Raises:
            ValueError: it is not what was written.
        """
        found = {
            name: rows.read([kept.row for kept in places]) for name, rows in self.rows.items() if name != "expected"
        }
        for place, kept in enumerate(places):
            if checksum({name: values[place] for name, values in found.items()}) != kept.checksum:
                raise ValueError(f"{self.folder} is damaged; remove it, and it is made again")
        return found


class _Work:
    """One update: which photos must be looked at, and keeping what was seen."""

    def __init__(self, index: Index, before: dict[bytes, Facts]) -> None:
        self.index, self.table, self.before = index, index.table, before
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
        for name, file in self.index.rows.items():
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


def checksum(kept: dict[str, np.ndarray]) -> int:
    """CRC-32 of what the model needs of a photo, in the order of the names."""
    total = 0
    for name in sorted(kept.keys() - {"expected"}):
        total = zlib.crc32(np.ascontiguousarray(kept[name]).tobytes(), total)
    return total
