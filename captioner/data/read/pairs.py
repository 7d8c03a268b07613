"""Sentences with their translations: two text files, plain or .gz, whose line i say the same."""

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

from captioner.files import check_file, read_text


class Pair(NamedTuple):
    """A sentence in two languages."""

    source: str
    target: str


def read_pairs(source: Path, target: Path) -> list[Pair]:
    """The pairs, in their order.

    Raises:
        FileNotFoundError: a file does not exist.
        ValueError: a file is no text, a line is empty, or one file has more lines than the other.
    """
    sides = [read_sentences(path) for path in (source, target)]
    counts = [len(lines) for lines in sides]
    if counts[0] != counts[1]:
        raise ValueError(
            f"{source} has {counts[0]:,} lines and {target} {counts[1]:,}; line i of both must say the same"
        )
    return [Pair(*both) for both in zip(*sides, strict=True)]


def read_sentences(path: Path) -> list[str]:
    """The sentences of a file, one a line, without what surrounds them.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is no text, has no line, or a line is empty.
    """
    lines = [line.strip() for line in _text(path).removesuffix("\n").split("\n")]
    for number, line in enumerate(lines, 1):
        if not line:
            raise ValueError(f"{path} line {number} is empty; give a sentence a line, or take it out of all files")
    return lines


def _text(path: Path) -> str:
    if path.suffix != ".gz":
        return read_text(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    check_file(path)
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (OSError, EOFError, zlib.error):
        raise ValueError(f"{path} is no gzip file, or a damaged one; fetch it again, or give the plain text") from None
