"""What every source gives: tables of photos, by bytes or by path, each under an id."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 64
"""Rows of a table of bytes; such tables are joined into blocks as large as the cluster likes them."""


class Row(NamedTuple):
    """A photo.

    Attributes:
        id: unlike that of any other photo of the source, and the same in every run.
        photo: the bytes of its file.
        path: of its file, as the system spells it, where there are no bytes.
        questions: what is asked about it in particular.
        reason: what is wrong with it, in one sentence, where there is neither.
    """

    id: str
    photo: bytes | None = None
    path: bytes | None = None
    questions: list[str] | None = None
    reason: str | None = None


Piece = Callable[[], "Iterator[pyarrow.Table]"]
"""A part of a source, that can be sent to another machine and read there; its tables are of `schema()`."""


class Source(Protocol):
    """Photos."""

    @property
    def count(self) -> int | None:
        """How many there are; None where nobody can tell before all were read."""

    def pieces(self, rows: int) -> list[Piece]:
        """All of it, in pieces of about so many photos where it can be cut."""


def schema() -> "pyarrow.Schema":
    """The columns, as of `Row`."""
    import pyarrow

    return pyarrow.schema(
        [
            ("id", pyarrow.string()),
            ("photo", pyarrow.binary()),
            ("path", pyarrow.binary()),
            ("questions", pyarrow.list_(pyarrow.string())),
            ("reason", pyarrow.string()),
        ]
    )


def tables(rows: Iterable[Row]) -> "Iterator[pyarrow.Table]":
    """A few rows at a time, so that photos are not all in memory."""
    import pyarrow

    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield pyarrow.Table.from_pylist([row._asdict() for row in some], schema=schema())
