"""The files of a bundle: regular ones, within its folder. A link that leads elsewhere is refused, a pipe too."""

import stat
from pathlib import Path

JSON_BYTES = 2**25
"""Of a JSON file; the vocabulary of a million words takes half of it."""


def has(folder: Path, name: str) -> bool:
    """Whether there is anything of that name, be it as it should or not."""
    return (folder / name).exists() or (folder / name).is_symlink()


def inside(folder: Path, name: str, *, at_most: int | None = None) -> Path:
    """The path of a file of a bundle, to be opened.

    The hub's cache keeps files beside the folders of their commits, as links; these lead no further than the cache of
    the one model.

    Args:
        folder: of the bundle.
        name: of the file.
        at_most: so many bytes.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no regular file, is too large, or lies elsewhere.
    """
    path = folder / name
    try:
        real, home = path.resolve(strict=True), folder.resolve()
    except FileNotFoundError:
        if not path.is_symlink():
            raise FileNotFoundError(f"{path}: no such file") from None
        raise ValueError(f"{path} is a link that leads nowhere; a bundle holds its own files") from None
    except (OSError, RuntimeError):  # links in a circle, of which Python's versions say so differently
        raise ValueError(f"{path} is a link that leads nowhere; a bundle holds its own files") from None
    if home.parent.name == "snapshots" and home.parent.parent.name.startswith("models--"):
        home = home.parent.parent
    if not real.is_relative_to(home):
        raise ValueError(f"{path} is a link to a file outside of the bundle; copy the file itself into {folder}")
    found = real.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path} is no regular file; a bundle holds no folders, pipes or devices in its place")
    if at_most is not None and found.st_size > at_most:
        raise ValueError(f"{path} has {found.st_size:,} bytes, and at most {at_most:,} are read; is it damaged?")
    return path


def unshared(folder: Path, name: str, *, at_most: int) -> Path:
    """As `inside`, for a file that is shown as it is, whatever stands in it: it must have no second name elsewhere.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as `inside`, or the file is a hard link.
    """
    path = inside(folder, name, at_most=at_most)
    if path.stat().st_nlink > 1:
        raise ValueError(f"{path} is a hard link, whose text may be any other file's; copy it, and it is shown")
    return path
