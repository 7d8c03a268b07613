"""Tars as WebDataset makes them: files of one name but for the ending belong together, and one of them is the photo."""

import tarfile
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from captioner.cluster.places import Place
from captioner.cluster.sources.rows import Piece, Row, tables
from captioner.photos import IMAGE_SUFFIXES, MAX_PIXELS

if TYPE_CHECKING:
    import pyarrow

SUFFIXES = (".tar", ".tar.gz", ".tgz")
MOST = 4 * MAX_PIXELS  # bytes of a file that are taken into memory


class Tars:
    """The photos of some tars, each of which is read from its beginning by one machine.

    An id is the tar's name and the photo's name in it without its ending, which is what WebDataset calls its key.
    """

    count = None

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places

    def pieces(self, rows: int) -> list[Piece]:
        """See `Source`; a tar cannot be cut."""
        return [partial(_read, place) for place in self.places]


def _read(place: Place) -> "Iterator[pyarrow.Table]":
    return tables(_rows(place))


def _rows(place: Place) -> Iterator[Row]:
    """One row a photo; what comes behind the place where a tar is broken is one row with the reason."""
    last = ""
    try:
        with (
            place.files.open_input_stream(place.path, compression=None) as stream,
            tarfile.open(fileobj=stream, mode="r|*") as tar,
        ):
            for member in tar:
                folder, slash, name = member.name.rpartition("/")
                key, _, ending = name.partition(".")
                key = f"{place.name}/{folder}{slash}{key}".encode("utf-8", "backslashreplace").decode()
                if not member.isfile() or f".{ending.rpartition('.')[2].lower()}" not in IMAGE_SUFFIXES or key == last:
                    continue
                last = key
                if member.size > MOST:
                    yield Row(key, reason=f"{key} has {member.size / 1e6:.0f} MB, which is more than a photo has")
                else:
                    file = tar.extractfile(member)
                    assert file is not None
                    yield Row(key, file.read())
    except (tarfile.TarError, OSError, EOFError) as error:
        after = f"behind {last}" if last else "at all"
        yield Row(place.name, reason=f"{place.name} cannot be read {after} ({error}); fetch or make it again")
