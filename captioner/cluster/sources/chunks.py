"""Chunks of litdata, with the file of a photo under `photo`: what `optimize` writes, and `captioner data pack`."""

import json
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from captioner.cluster.sources.rows import Piece, Row, tables

if TYPE_CHECKING:
    import pyarrow


class Chunks:
    """The photos of a folder of chunks.

    An id is what stands under `id`, else the id or path that a pack says its photo had, else the number of the row.
    What a pack asks about a photo are its questions.

    Raises:
        ValueError: litdata is not installed, or there are features instead of photos.
    """

    def __init__(self, folder: str) -> None:
        if find_spec("litdata") is None:
            raise ValueError(f"{folder} holds chunks of litdata: pip install 'captioner[stream]' reads them")
        chunks = _opened(folder)
        self.folder, self.count = folder, len(chunks)
        if self.count and "photo" not in chunks[0]:
            raise ValueError(f"{folder} holds {', '.join(chunks[0])}, and photos are needed, under the name `photo`")

    def pieces(self, rows: int) -> list[Piece]:
        """See `Source`."""
        return [
            partial(_read, self.folder, begin, min(begin + rows, self.count)) for begin in range(0, self.count, rows)
        ]


def _opened(folder: str) -> Any:
    from captioner.data.feed.packs.streaming import by_row

    return by_row(folder)


def _read(folder: str, begin: int, end: int) -> "Iterator[pyarrow.Table]":
    chunks = _opened(folder)
    return tables(_row(number, chunks[number]) for number in range(begin, end))


def _row(number: int, cells: dict[str, Any]) -> Row:
    said = json.loads(cells.get("said", "{}"))
    names = (cells.get("id"), said.get("id"), said.get("path"), number)
    asked = [text for _, _, text, *_ in said.get("questions", ())]
    return Row(str(next(each for each in names if each is not None)), cells["photo"], questions=asked or None)
