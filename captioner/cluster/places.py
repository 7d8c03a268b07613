"""Files here or in a store of objects: a path, or an address that pyarrow knows (`s3://…`, `gs://…`, `hdfs://…`)."""

from pathlib import Path
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A file or folder, with whatever reads and writes there; it can be sent to another machine.

    Attributes:
        files: a `pyarrow.fs.FileSystem`.
        path: as that file system names it.
    """

    files: Any
    path: str

    @classmethod
    def of(cls, named: str) -> "Place":
        """The place that a user named; a path of this machine becomes absolute.

        Raises:
            ValueError: the address is none that pyarrow knows.
        """
        from pyarrow import ArrowException, fs

        if "://" not in named:
            return cls(fs.LocalFileSystem(), str(Path(named).absolute()))
        try:
            return cls(*fs.FileSystem.from_uri(named))
        except (ArrowException, OSError) as error:
            raise ValueError(f"{named} is no address that pyarrow can open ({error}); give a path, or s3://…") from None

    @property
    def local(self) -> bool:
        """Whether it is on a disk of this machine."""
        return bool(self.files.type_name == "local")

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def parent(self) -> "Place":
        """The folder that it lies in."""
        return self._replace(path=self.path.rstrip("/").rpartition("/")[0])

    def beside(self, ending: str) -> "Place":
        """What lies beside it, under its name with an ending."""
        return self._replace(path=self.path.rstrip("/") + ending)

    def inside(self, name: str) -> "Place":
        """What lies in it."""
        return self._replace(path=f"{self.path.rstrip('/')}/{name}")

    def is_folder(self) -> bool:
        """Whether it is there, and holds files."""
        from pyarrow import fs

        return bool(self.files.get_file_info(self.path).type == fs.FileType.Directory)

    def is_file(self) -> bool:
        """Whether it is there, and is one."""
        from pyarrow import fs

        return bool(self.files.get_file_info(self.path).type == fs.FileType.File)

    def listed(self) -> list["Place"]:
        """The files that lie in a folder itself, by name; none where it is not there."""
        from pyarrow import fs

        if self.local:  # where names need not be text
            paths = sorted(str(each) for each in Path(self.path).glob("*") if each.is_file())
            return [self._replace(path=path) for path in paths]
        found = self.files.get_file_info(fs.FileSelector(self.path, allow_not_found=True))
        paths = sorted(each.path for each in found if each.type == fs.FileType.File)
        return [self._replace(path=path) for path in paths]

    def read(self) -> bytes:
        """All of a file."""
        with self.files.open_input_stream(self.path) as stream:
            return bytes(stream.read())

    def write(self, content: bytes) -> None:
        """Writes a file, whole or not at all."""
        self.files.create_dir(self.parent.path, recursive=True)
        draft = self.beside(".unfinished")
        with self.files.open_output_stream(draft.path) as stream:
            stream.write(content)
        self.files.move(draft.path, self.path)
