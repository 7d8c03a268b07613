"""Parquet files with a row a photo: its bytes, or the path of its file."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from captioner.cluster.places import Place
from captioner.cluster.sources.rows import AT_ONCE, Piece, Row, tables

if TYPE_CHECKING:
    import pyarrow

BYTES, PATHS, QUESTIONS = ("photo", "image", "jpg", "bytes"), ("path", "file_name"), ("questions", "question")
READERS = 16  # files whose ends are read at once
SLICES = 8  # as many times may a group of rows be read again that is cut


class Columns(NamedTuple):
    """Which columns of a file are used, by name."""

    id: str | None
    photo: str | None
    path: str | None
    questions: str | None

    @classmethod
    def of(cls, schema: "pyarrow.Schema", name: str) -> "Columns":
        """Those that are there; the bytes may stand in a column of their own or, as Hugging Face writes them, within.

        Raises:
            ValueError: there is neither a photo nor a path.
        """

        def first(names: Sequence[str], *, binary: bool = False) -> str | None:
            return next((each for each in names if each in schema.names and _is_bytes(schema, each) == binary), None)

        found = cls(first(("id", "__key__")), first(BYTES, binary=True), first(PATHS), first(QUESTIONS))
        if found.photo is None and found.path is None:
            raise ValueError(
                f"{name} has the columns {', '.join(schema.names)}, and none of them is a photo; call the one with"
                f" the bytes of files `{BYTES[0]}`, or the one with their paths `{PATHS[0]}`"
            )
        return found


class Parquet:
    """The photos of some Parquet files of the same columns.

    An id is what stands in `id`, else the path, else the file's name and the number of the row. A path counts from
    the folder of the Parquet file.

    Raises:
        ValueError: a file is no Parquet, or has no such columns.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        with ThreadPoolExecutor(READERS) as pool:
            found = list(pool.map(_about, places))
        self.columns = [columns for columns, _ in found]
        self._groups = [groups for _, groups in found]
        self.count = sum(map(sum, self._groups))

    def pieces(self, rows: int) -> list[Piece]:
        """See `Source`; groups of rows with bytes are not cut, because they would be read again for each piece."""
        pieces = list[Piece]()
        for place, columns, groups in zip(self.places, self.columns, self._groups, strict=True):
            before = 0
            for number, count in enumerate(groups):
                step = count if columns.photo is not None else max(rows, -(-count // SLICES))
                pieces += (
                    partial(_read, place, columns, number, before, slice(begin, min(begin + step, count)))
                    for begin in range(0, count, max(1, step))
                )
                before += count
        return pieces


def _about(place: Place) -> tuple[Columns, list[int]]:
    """The columns of a file, and how many rows each of its groups has."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(place.path, filesystem=place.files) as file:
            groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
            return Columns.of(file.schema_arrow, place.path), groups
    except ArrowException as error:
        raise ValueError(f"{place.path} is no Parquet file that can be read ({error})") from None


def _read(place: Place, columns: Columns, group: int, before: int, part: slice) -> "Iterator[pyarrow.Table]":
    return tables(_rows(place, columns, group, before, part))


def _rows(place: Place, columns: Columns, group: int, before: int, part: slice) -> Iterator[Row]:
    """The rows `part` of a group, before which the file has so many."""
    from pyarrow import parquet

    with parquet.ParquetFile(place.path, filesystem=place.files) as file:
        wanted = [name for name in columns if name is not None]
        batches = file.iter_batches(AT_ONCE, row_groups=[group], columns=wanted)
        rows = (cells for batch in batches for cells in batch.to_pylist())
        for number, cells in islice(enumerate(rows, before), part.start, part.stop):
            yield _row(cells, place, columns, number)


def _row(cells: dict[str, Any], place: Place, columns: Columns, number: int) -> Row:
    named, photo, path, asked = (None if name is None else cells[name] for name in columns)
    if isinstance(photo, dict):
        photo, path = photo["bytes"], path or photo.get("path")
    if named is None and columns.photo is None:
        named = path
    name = f"{place.name}/{number}" if named is None else str(named)
    questions = [asked] if isinstance(asked, str) else asked
    if photo is not None:
        return Row(name, photo, questions=questions)
    if path is not None:
        return Row(name, path=os.fsencode(Path(place.parent.path, path)), questions=questions)
    return Row(name, reason=f"{place.name} row {number} has no photo")


def _is_bytes(schema: "pyarrow.Schema", name: str) -> bool:
    from pyarrow import types

    kind = schema.field(name).type
    if types.is_struct(kind):
        return any(each.name == "bytes" for each in kind)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))
