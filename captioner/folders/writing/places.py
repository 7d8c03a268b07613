"""Where each photo's files go: beside it, or below another folder in the same tree."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from captioner.photos import Found

XmpName = Literal["photo.jpg.xmp", "photo.xmp"]
ENDINGS = {"txt": ".txt", "caption": ".caption", "xmp": ".xmp"}


class Places:
    """Names files, so that no two photos share one.

    Args:
        out: the folder below which they go; None puts each beside its photo.
        xmp_name: how a sidecar is named; None takes the one that is there, else `photo.jpg.xmp`, which no other photo
            has. `photo.xmp` is the only sidecar of a photo that shares its name with no other file.
        roots: the folders that were named. Several have their own names below `out`.
    """

    def __init__(self, out: Path | None, xmp_name: XmpName | None, roots: Iterable[Path]) -> None:
        self.out, self.xmp_name = out, xmp_name
        self.several = len({root.resolve() for root in roots}) > 1
        self.taken: dict[tuple[Path, str], dict[str, Path]] = {}  # by names, where great and small letters are one
        self.ignores_case = cache(ignores_case)
        self.stems = cache(stems)

    def of(self, found: Found, kind: str) -> Path:
        """The place of one kind of file.

        Raises:
            ValueError: it is another photo's.
        """
        place = self._place(found, kind)
        alike = self.taken.setdefault((place.parent, place.name.casefold()), {})
        alike.setdefault(place.name, found.path)
        owner = next(iter(alike.values())) if len(alike) > 1 and self._one_file(place) else alike[place.name]
        if owner != found.path:
            raise ValueError(f"{found.path}: {place} is the place for {owner.name}; rename one of the two photos")
        return place

    def _place(self, found: Found, kind: str) -> Path:
        beside = found.path.with_suffix(ENDINGS[kind])
        if kind == "xmp":
            full = found.path.with_name(f"{found.path.name}.xmp")
            alone = self.xmp_name is None and not full.exists() and beside.exists()
            if self.xmp_name != "photo.xmp" and not (alone and self.stems(found.path.parent)[found.path.stem] == 1):
                beside = full
        if self.out is None:
            return beside
        below = beside.relative_to(found.root)
        return self.out / found.root.resolve().name / below if self.several else self.out / below

    def _one_file(self, place: Path) -> bool:
        return self.ignores_case(next(folder for folder in place.parents if folder.exists()))


def stems(folder: Path) -> Mapping[str, int]:
    """How many files of a folder share a name but for the ending; captions are not counted."""
    return Counter(path.stem for path in folder.iterdir() if path.suffix.lower() not in ENDINGS.values())


def ignores_case(folder: Path) -> bool:
    """Whether `a.txt` and `A.txt` are one file there, as on most disks of macOS, Windows and cameras.

    It is found out without writing: by whether something that is there is also there in other letters.
    """
    for path in (*folder.iterdir(), folder.resolve()):
        other = path.with_name(path.name.swapcase()) if path.name else path
        if other != path:
            return other.exists() and path.exists() and other.samefile(path)
    return False
