"""Sentences with their translations: two text files, plain or .gz, whose line i say the same; a third names photos."""

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

from captioner.data.read.places import Places
from captioner.data.read.records import images_beside
from captioner.files import check_file, read_text


class Pair(NamedTuple):
    """A sentence in two languages."""

    source: str
    target: str
    photo: Path | None = None
    """Of what it says; None where there is none."""


def read_pairs(source: Path, target: Path, photos: Path | None = None, images: Path | None = None) -> list[Pair]:
    """The pairs, in their order.

    Args:
        source: sentences.
        target: their translations.
        photos: names of the photos beside them; see `read_photo_names`.
        images: folder of these photos.

    Raises:
        FileNotFoundError: a file or a photo does not exist.
        ValueError: a file is no text, a sentence is empty, or one file has more lines than another.
    """
    sides = [read_sentences(path) for path in (source, target)]
    counts = [len(lines) for lines in sides]
    if counts[0] != counts[1]:
        raise ValueError(
            f"{source} has {counts[0]:,} lines and {target} {counts[1]:,}; line i of both must say the same"
        )
    if photos is None:
        return [Pair(*both) for both in zip(*sides, strict=True)]
    beside = read_photo_names(photos, images, sentences=source, count=counts[0])
    return [Pair(*each) for each in zip(*sides, beside, strict=True)]


def read_sentences(path: Path) -> list[str]:
    """The sentences of a file, one a line, without what surrounds them.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is no text, has no line, or a line is empty.
    """
    lines = _lines(path)
    for number, line in enumerate(lines, 1):
        if not line:
            raise ValueError(f"{path} line {number} is empty; give a sentence a line, or take it out of all files")
    return lines


def read_photo_names(path: Path, images: Path | None = None, *, sentences: Path, count: int) -> list[Path | None]:
    """The photos beside sentences: a file's name a line, or nothing where a sentence has none.

    Args:
        path: the file of names, plain or .gz.
        images: folder of the photos; by default `images_beside(path)`.
        sentences: the file of the sentences, for messages.
        count: lines that it has.

    Raises:
        FileNotFoundError: the file of names, or a photo, does not exist.
        ValueError: it is no text, has another number of lines, names no photo, or a name cannot be one of a file.
    """
    places = Places(images if images is not None else images_beside(path), path)
    photos = [places.path(name) if name else None for name in _lines(path)]
    if len(photos) != count:
        raise ValueError(
            f"{sentences} has {count:,} lines and {path} {len(photos):,}; line i must name the photo of sentence i"
        )
    for number, photo in enumerate(photos, 1):
        if photo is not None and not photo.is_file():
            raise FileNotFoundError(f"{path} line {number}: {photo}: no such photo")
    if not any(photos):
        raise ValueError(f"{path} names no photo; give a name a line, and an empty line where a sentence has none")
    return photos


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in _text(path).removesuffix("\n").split("\n")]


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
