"""Chunks as litdata's `optimize` writes them, with the bytes of a photo under `photo`."""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from captioner.cluster.sources.rows import Piece, Row, tables

if TYPE_CHECKING:
    import pyarrow


class Chunks:
    """The photos of a folder of chunks; an id is what stands under `id`, else the number of the row.

    Raises:
        ValueError: litdata is not installed.
    """

    def __init__(self, folder: str) -> None:
        if find_spec("litdata") is None:
            raise ValueError(f"{folder} holds chunks of litdata: pip install 'captioner[stream]' reads them")
        self.folder, self.count = folder, len(_opened(folder))

    def pieces(self, rows: int) -> list[Piece]:
        """See `Source`."""
        return [
            partial(_read, self.folder, begin, min(begin + rows, self.count)) for begin in range(0, self.count, rows)
        ]


def _opened(folder: str) -> Any:
    from litdata import StreamingDataset

    return StreamingDataset(folder)


def _read(folder: str, begin: int, end: int) -> "Iterator[pyarrow.Table]":
    chunks = _opened(folder)
    found: Iterator[tuple[int, dict[str, Any]]] = ((number, chunks[number]) for number in range(begin, end))
    return tables(Row(str(each.get("id", number)), each["photo"]) for number, each in found)
