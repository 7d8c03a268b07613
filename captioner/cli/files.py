"""How files of several splits are named on the command line."""

from pathlib import Path


def file_and_split(value: str) -> tuple[Path, str | None]:
    """Takes FILE@SPLIT apart; a file whose own name has an @ is taken as it is."""
    file, at, split = value.rpartition("@")
    return (Path(file), split) if at and not Path(value).exists() else (Path(value), None)
