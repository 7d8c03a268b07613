"""A pack: a set of captions or questions with its photos in shuffled chunks, which training streams (litdata).

    pack.json      how much it holds, how often each token occurs, and what its features were computed by
    broken.txt     the photos that were left out, each with the reason
    index.json     litdata's list of chunks; written last, so a folder without it is no finished pack
    chunk-….bin    rows, as `captioner.data.feed.packs.rows` makes them

It lies in a folder or in a bucket (`s3://`, `gs://`); whatever the size of the set, only `pack.json` and
the list of chunks are read when a training begins.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from captioner.files import one_line, read_json, whole, write_json

Holds = Literal["captions", "questions"]
PACK, INDEX, BROKEN = "pack.json", "index.json", "broken.txt"
_BUCKET = re.compile(r"(s3|gs):/+(.+)")


@dataclass(frozen=True)
class Facts:
    """What `pack.json` says."""

    holds: Holds
    photos: int
    """Those that were packed."""
    broken: int
    """Those that were left out."""
    texts: int
    tokens: dict[str, dict[str, int]]
    """By tokeniser, how often each token occurs in the texts."""
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    """How often each answer was given: `whole`, and with lists taken apart (`items`)."""
    types: dict[str, int] = field(default_factory=dict)
    """How many questions there are of each type."""
    features: dict[str, Any] | None = None
    """Of features instead of photos: `encoder`, `transform`, and the `shape` of one photo's, channels last."""


class Place:
    """Where a pack lies.

    Args:
        name: a folder, or the address of one in a bucket; a path that has lost a slash of its address does too.
    """

    def __init__(self, name: Path | str) -> None:
        found = _BUCKET.fullmatch(str(name))
        self.remote = found is not None
        self.name = f"{found[1]}://{found[2].rstrip('/')}" if found else str(name)

    def __str__(self) -> str:
        return self.name

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        if not self.remote:
            return (Path(self.name) / name).is_file()
        with self._bucket() as bucket:
            return bool(bucket.exists(f"{self.name}/{name}"))

    def put(self, file: Path, name: str) -> None:
        """Moves a file there, whole or not at all."""
        if not self.remote:
            with whole(Path(self.name) / name) as temporary:
                shutil.move(file, temporary)
        else:
            with self._bucket() as bucket:
                bucket.upload_file(str(file), f"{self.name}/{name}")
            file.unlink()

    def read(self, name: str) -> Any:
        """Reads JSON.

        Raises:
            FileNotFoundError, ValueError: as `read_json`.
        """
        if not self.remote:
            return read_json(Path(self.name) / name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.json"
            with self._bucket() as bucket:
                bucket.download_file(f"{self.name}/{name}", str(path))
            return read_json(path)

    def write(self, name: str, value: Any) -> None:
        """Writes JSON."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.json"
            write_json(path, value)
            self.put(path, name)

    @contextmanager
    def _bucket(self) -> Iterator[Any]:
        """Gives litdata's client; what it cannot do is said in a sentence.

        Raises:
            OSError: the bucket cannot be reached, or refuses.
        """
        litdata()
        try:
            yield _client(self.name.partition("//")[0] + "//")
        except Exception as error:  # each cloud has types of its own
            raise OSError(f"{self.name} cannot be reached: {one_line(error)}") from None


@cache
def _client(kind: str) -> Any:
    """litdata's client of `s3://` or `gs://`; to make one takes longer than to ask it, and packs ask for each chunk."""
    from litdata.streaming.fs_provider import _get_fs_provider

    return _get_fs_provider(kind)


def litdata() -> ModuleType:
    """The library that writes and streams chunks.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import litdata
    except ModuleNotFoundError:
        raise ValueError("packs need litdata: pip install 'captioner[stream]'") from None
    return litdata


def is_pack(path: Path) -> bool:
    """Whether a path is for a pack rather than for a file: a folder, or an address in a bucket."""
    return Place(path).remote or path.is_dir()


def read_facts(path: Path) -> Facts:
    """Reads what a pack holds.

    Raises:
        ValueError: there is no finished pack, or `pack.json` is none of this version.
    """
    place = Place(path)
    if not place.has(PACK) or not place.has(INDEX):
        raise ValueError(f"{place} holds no finished pack; make one with `captioner data pack`, or name a file")
    try:
        return Facts(**place.read(PACK))
    except TypeError:
        raise ValueError(f"{place}/{PACK} was written by another version; pack the set again") from None


def write_facts(place: Place, facts: Facts) -> None:
    """Writes `pack.json`."""
    place.write(PACK, asdict(facts))
