"""Where the photos of a file lie: names of files to paths, however the file system spells them."""

import re
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

LONGEST = 255  # bytes of a name in all usual file systems


class Places:
    """Finds the photos that a file names.

    A letter such as é has two spellings in Unicode, and programs that pack or copy files change one to the other: where
    no file has the name as it is written, one with the other spelling is meant.

    Args:
        folder: of the photos.
        file: that names them, for messages.
    """

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder, self.file = folder, file

    def path(self, name: str) -> Path:
        """The path of a photo; unless its name has unusual letters, nobody looks whether it is there.

        Raises:
            ValueError: it is an address in the web, or spelled with backslashes and not there.
        """
        if ADDRESS.match(name):
            raise ValueError(
                f"{self.file}: the photo {name:.100} is an address in the web, and photos are read from files;"
                " download it and name the file"
            )
        if any(len(part) > LONGEST for part in name.encode().split(b"/")):
            raise ValueError(f"{self.file}: the photo {name:.60}… has a name too long for a file ({LONGEST} bytes)")
        path = self.folder / name
        if (name.isascii() and "\\" not in name) or path.exists():
            return path
        if "\\" in name:
            right = name.replace("\\", "/")
            raise ValueError(f"{self.file}: the photo {name:.100} is not there; write its folders as in {right:.100}")
        found = self.folder
        for part in Path(name).parts:
            found /= part if (found / part).exists() else _spellings(found).get(normalize("NFC", part), part)
        return found


@lru_cache(maxsize=64)
def _spellings(folder: Path) -> dict[str, str]:
    """The names in a folder by their composed spelling; none where it cannot be listed."""
    try:
        return {normalize("NFC", path.name): path.name for path in folder.iterdir()}
    except OSError:
        return {}
