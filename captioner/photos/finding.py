"""Finding photos: files, folders and patterns as people type them."""

import glob
import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from PIL import features

logger = logging.getLogger(__name__)

AVIF = (".avif",) if features.check("avif") else ()
IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
    *AVIF,
)


def find_photos(arguments: Iterable[str]) -> list[Path]:
    """Turns what a user typed into photo paths, in the order given.

    A folder gives the photos in it and below it, a pattern (`trip/*.jpg`, `**/*.png`) those that match it, both
    sorted, by the endings of `IMAGE_SUFFIXES`. What is hidden (`.ipynb_checkpoints`, `._a.jpg`) is not looked at; how
    many other files were passed over is said in the log. Any other name is passed on, whether it exists or not, so
    that one missing photo does not stop the others.

    Raises:
        FileNotFoundError: a folder or a pattern gives no photo.
    """
    photos: list[Path] = []
    passed_over: Counter[str] = Counter()
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            found = [each for each in path.rglob("*") if not _hidden(each.relative_to(path))]
        elif glob.has_magic(argument) and not path.exists():
            found = [Path(each) for each in glob.glob(_pattern(path), recursive=True)]  # noqa: PTH207 (takes absolute patterns)
        else:
            photos.append(path)
            continue
        files = sorted(each for each in found if each.is_file())
        taken = [each for each in files if _ending(each) in IMAGE_SUFFIXES]
        others = Counter(_ending(each) or "no ending" for each in files if _ending(each) not in IMAGE_SUFFIXES)
        if not taken:
            instead = f"; it has {_counted(others)}" if others else ""
            raise FileNotFoundError(f"{argument}: no photo found there ({', '.join(IMAGE_SUFFIXES)}){instead}")
        photos += taken
        passed_over += others
    if passed_over:
        logger.warning(
            "passed over %s; photos are found by the endings %s", _counted(passed_over), ", ".join(IMAGE_SUFFIXES)
        )
    return photos


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _ending(path: Path) -> str:
    return path.suffix.strip().lower()


def _counted(endings: Counter[str]) -> str:
    """Counts for reading: `3 files (2 .heic, 1 .txt)`."""
    total = endings.total()
    order = sorted(endings.items(), key=lambda each: (-each[1], each[0]))
    each = ", ".join(f"{count} {ending}" for ending, count in order)
    return f"{total:,} file{'s' * (total > 1)} ({each})"


def _pattern(path: Path) -> str:
    """The pattern for `glob`, where its first folders may have brackets and stars in their own names."""
    existing = next(parent for parent in path.parents if parent.exists())
    return str(Path(glob.escape(str(existing)), path.relative_to(existing)))
