"""Finding photos: files, folders and patterns as people type them."""

import glob
import logging
import os
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from PIL import features

from captioner.photos.heif import HAS_HEIF
from captioner.photos.raw import SUFFIXES

logger = logging.getLogger(__name__)

AVIF = (".avif",) if features.check("avif") else ()
HEIF = (".heic", ".heif", ".hif")
IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
    *AVIF,
    *(HEIF if HAS_HEIF else ()),
    *SUFFIXES,
)


class Found(NamedTuple):
    """A photo, and the folder that was named: its own one, or one above it."""

    root: Path
    path: Path


def find_photos(arguments: Iterable[str]) -> list[Path]:
    """Turns what a user typed into photo paths; see `find_below`."""
    return [each.path for each in find_below(arguments)]


def find_below(
    arguments: Iterable[str],
    *,
    recursive: bool = True,
    known: Collection[str] = (),
    suffixes: Collection[str] | None = None,
) -> list[Found]:
    """Turns what a user typed into photos, in the order given.

    A folder gives the photos in it and below it, a pattern (`trip/*.jpg`, `**/*.png`) those that match it, both
    sorted, by their endings. What is hidden (`.ipynb_checkpoints`, `._a.jpg`) is not looked at, and
    links to folders are not followed, so that none leads in a circle; they are counted in the log, as are files of
    other kinds. Any other name is passed on, whether it exists or not, so that one missing photo does not stop the
    others.

    Args:
        arguments: files, folders and patterns.
        recursive: whether the folders in a folder are looked into.
        known: endings that are not counted, such as those of the captions beside the photos.
        suffixes: the endings by which files are found, those of photos by default; those of videos may be among them.

    Raises:
        FileNotFoundError: a folder or a pattern gives no photo.
    """
    suffixes = IMAGE_SUFFIXES if suffixes is None else suffixes
    photos: list[Found] = []
    passed_over: Counter[str] = Counter()
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            root, found = path, _inside(path, recursive=recursive)
        elif glob.has_magic(argument) and not path.exists():
            root, found = _matching(path)
        else:
            photos.append(Found(path.parent, path))
            continue
        files = sorted(each for each in found if each.is_file())
        taken = _without_doubles([each for each in files if _ending(each) in suffixes])
        others = Counter(_ending(each) or "no ending" for each in files if _ending(each) not in suffixes)
        if not taken:
            instead = f"; it has {_counted(others)}" if others else ""
            raise FileNotFoundError(f"{argument}: no photo found there ({', '.join(suffixes)}){instead}")
        photos += (Found(root, each) for each in taken)
        passed_over += Counter({ending: count for ending, count in others.items() if ending not in known})
    if passed_over:
        remedy = "" if HAS_HEIF or not passed_over.keys() & HEIF else "; pip install 'captioner[formats]' reads HEIC"
        endings = ", ".join(suffixes)
        logger.warning("passed over %s; photos are found by the endings %s%s", _counted(passed_over), endings, remedy)
    return photos


def _inside(folder: Path, *, recursive: bool) -> list[Path]:
    """The files of a folder and of those in it, but for hidden ones."""
    files: list[Path] = []
    links, closed = [], []
    for place, folders, names in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        seen = [name for name in folders if not name.startswith(".")] if recursive else []
        links += [Path(place, name) for name in seen if Path(place, name).is_symlink()]
        folders[:] = seen
        files += (Path(place, name) for name in names if not name.startswith("."))
    if links:
        logger.warning(
            "passed over %s, such as %s; name them too if their photos are meant", _some(len(links), "link"), links[0]
        )
    if closed:
        logger.warning("passed over %s that cannot be opened, such as %s", _some(len(closed), "folder"), closed[0])
    return files


def _matching(path: Path) -> tuple[Path, list[Path]]:
    """The folder with which a pattern begins, whose own name may have brackets and stars; and what matches below it."""
    existing = next(parent for parent in path.parents if parent.exists())
    pattern = path.relative_to(existing)
    shown = any(part.startswith(".") for part in pattern.parts)
    found = existing.glob(str(pattern))
    return existing, [each for each in found if shown or not _hidden(each.relative_to(existing))]


def _without_doubles(photos: list[Path]) -> list[Path]:
    """The photos without those RAW files beside which the camera wrote the same picture in another format."""
    pictures = {each.with_suffix("") for each in photos if _ending(each) not in SUFFIXES}
    kept = [each for each in photos if _ending(each) not in SUFFIXES or each.with_suffix("") not in pictures]
    if doubles := len(photos) - len(kept):
        logger.warning("passed over %s, whose picture stands beside it in another format", _some(doubles, "RAW file"))
    return kept


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _ending(path: Path) -> str:
    return path.suffix.strip().lower()


def _counted(endings: Counter[str]) -> str:
    """Counts for reading: `3 files (2 .heic, 1 .txt)`."""
    order = sorted(endings.items(), key=lambda each: (-each[1], each[0]))
    each = ", ".join(f"{count} {ending}" for ending, count in order)
    return f"{_some(endings.total(), 'file')} ({each})"


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count > 1)}"
