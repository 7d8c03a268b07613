"""The index of photos on the disk: brought up to date with the folders, and read by whoever looks for photos."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from captioner.disk.locks import lock, release
from captioner.disk.writing import names
from captioner.files import read_json, write_json
from captioner.folders.finding.rows import Rows, checksum
from captioner.folders.finding.table import Kept, Table, key_of
from captioner.folders.finding.work import Work
from captioner.inference import Judge, Unreadable

BATCH = 16  # photos between two commits
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
        work = Work(self.table, self.rows, before)
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

    def read(self, places: Sequence[Kept], sentences: Sequence[Sequence[int]], *, together: int) -> np.ndarray:
        """What `Judge.read` says of sentences about photos, (b, k, t), of so many photos in memory at once.

        Raises:
            ValueError: as `memory`.
        """
        parts = (places[begin : begin + together] for begin in range(0, len(places), together))
        return np.concatenate([self.judge.read(self.memory(part), sentences) for part in parts])

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
