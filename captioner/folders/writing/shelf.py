"""The photos of one folder with their captions, to be looked at and edited by hand; nothing outside it is reached."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from captioner.folders.writing.beside import content, describe, described
from captioner.folders.writing.places import ENDINGS, Places
from captioner.photos import Found, find_below

LONGEST = 10_000  # letters of a caption


class Told(NamedTuple):
    """What is said of a photo, and by whom."""

    text: str
    by: Literal["person", "model", ""]


class Shelf:
    """A folder's photos, by names that are no paths.

    Args:
        folder: which is looked through, with the folders in it.
        edit: whether captions may be written, as sidecars.

    Raises:
        FileNotFoundError: there is no such folder.
    """

    def __init__(self, folder: Path, *, edit: bool = False) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder of photos")
        self.folder, self.edit = folder.resolve(), edit
        self.places = Places(None, None, [self.folder])
        self.known: dict[str, Path] = {}

    def look(self) -> Sequence[str]:
        """Looks through the folder; gives the names of its photos, in order."""
        try:
            found = find_below([str(self.folder)], known=ENDINGS.values())
        except FileNotFoundError:
            found = []
        inside = [each.path for each in found if self._inside(each.path)]
        self.known = {self._name(path): path for path in inside}
        return list(self.known)

    def path(self, name: str) -> Path:
        """Where a photo lies.

        Raises:
            KeyError: there is none of that name, or it is a link that leads out by now.
        """
        path = self.known[name]
        if not self._inside(path):
            raise KeyError(name)
        return path

    def label(self, name: str) -> str:
        """What to call it to a person: its path in the folder."""
        return str(self.path(name).relative_to(self.folder))

    def told(self, name: str) -> Told:
        """Its caption: of its sidecar, or else of its text file; empty without both, or where they cannot be read."""
        photo = self.path(name)
        try:
            text, model = described(self._sidecar(photo))
            if text:
                return Told(text, "model" if model else "person")
            return Told(content(photo.with_suffix(".txt")).decode("utf-8-sig").strip(), "")
        except (ValueError, OSError):
            return Told("", "")

    def tell(self, name: str, text: str) -> None:
        """Writes what a person says into its sidecar.

        Raises:
            KeyError: there is no such photo.
            ValueError: nothing may be written, it is no text, or what is there cannot be read.
            OSError: it cannot be written.
        """
        if not self.edit:
            raise ValueError("captions cannot be changed here; start the server with --edit")
        if len(text) > LONGEST or any(letter < " " and letter not in "\t\n" for letter in text):
            raise ValueError(f"a caption has at most {LONGEST:,} letters, and no control codes")
        place = self._sidecar(self.path(name))
        if place.is_symlink():
            raise ValueError(f"{place.name} is a link, and is not written")
        describe(place, text.strip())

    def _sidecar(self, photo: Path) -> Path:
        return self.places.of(Found(self.folder, photo), "xmp")

    def _inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.folder)

    def _name(self, path: Path) -> str:
        return hashlib.blake2b(os.fsencode(path.relative_to(self.folder)), digest_size=9).hexdigest()
