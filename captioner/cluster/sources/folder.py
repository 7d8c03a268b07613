"""A folder of photos, which every machine of the cluster must see under the same path."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cluster.sources.rows import Piece, Row, tables
from captioner.photos import find_photos

if TYPE_CHECKING:
    import pyarrow


class Folder:
    """The photos in a folder and below it; an id is the path from there.

    Raises:
        FileNotFoundError: there is no photo.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        names = (os.fsencode(path) for path in find_photos([str(self.folder)]))
        self._names = [name[len(os.fsencode(self.folder)) + 1 :] for name in names]

    @property
    def count(self) -> int:
        """See `Source`."""
        return len(self._names)

    def pieces(self, rows: int) -> list[Piece]:
        """See `Source`."""
        return [
            partial(_read, os.fsencode(self.folder), self._names[begin : begin + rows])
            for begin in range(0, len(self._names), rows)
        ]


def _read(folder: bytes, names: list[bytes]) -> "Iterator[pyarrow.Table]":
    return tables(Row(name.decode("utf-8", "backslashreplace"), path=folder + b"/" + name) for name in names)
