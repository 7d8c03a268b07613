"""What a run must know of the runs before it: their settings, and the ids that are written. It lies beside the rows.

OUT/            Parquet files with the rows, and nothing else
OUT.run/        run.json, the settings; ids/, Ray's checkpoints: the ids of each file of rows, put there once it is
                written; lock, where OUT is on a disk of this machine
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from captioner.cluster.places import Place

PENDING = ".pending.parquet"
"""How Ray names the ids of a file that is being written."""


class Ledger:
    """The runs that write to one place.

    Args:
        out: where the rows go.
    """

    def __init__(self, out: Place) -> None:
        self.out, self.folder = out, out.beside(".run")
        self.ids = self.folder.inside("ids")
        self._counts: dict[str, int] = {}

    @contextmanager
    def alone(self, settings: dict[str, Any]) -> Iterator[None]:
        """One run at a time, where the disk is this machine's, and only with the settings of those before it.

        Raises:
            ValueError: another run is at work, there is something else, or the settings are others.
        """
        self._check(settings)
        if not self.out.local:
            self._begin(settings)
            yield
            return
        Path(self.folder.path).mkdir(parents=True, exist_ok=True)
        lock = FileLock(Path(self.folder.path, "lock"))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise ValueError(f"{self.out.path} is being written by another run; wait, or name another --out") from None
        try:
            self._begin(settings)
            yield
        finally:
            lock.release()

    def _check(self, settings: dict[str, Any]) -> None:
        known = self.folder.inside("run.json")
        if not known.is_file():
            if self.out.is_file() or self.out.listed():
                raise ValueError(f"{self.out.path} exists already; remove it, or name another --out")
            return
        before = json.loads(known.read())
        if others := [name for name in {**before, **settings} if before.get(name) != settings.get(name)]:
            raise ValueError(
                f"{self.out.path} was begun with another {others[0]}; give the same, or name another --out"
            )

    def _begin(self, settings: dict[str, Any]) -> None:
        known = self.folder.inside("run.json")
        if not known.is_file():
            known.write(json.dumps(settings, indent=1).encode())

    def written(self) -> int:
        """How many rows are written for good; only what was added since the last call is looked at."""
        from pyarrow import parquet

        for place in self.ids.listed():
            if place.path not in self._counts and not place.path.endswith(PENDING):
                self._counts[place.path] = parquet.read_metadata(place.path, filesystem=place.files).num_rows
        return sum(self._counts.values())

    def broken(self) -> int:
        """How many rows have a reason instead of what the model says."""
        from pyarrow import dataset

        if not self.out.listed():
            return 0
        rows = dataset.dataset(self.out.path, filesystem=self.out.files, format="parquet")
        return int(rows.count_rows(filter=dataset.field("reason").is_valid()))
