"""The public caption formats but COCO's, each read to the same rows: whose caption, which picture, what is said."""

import csv
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from captioner.files import check_file

logger = logging.getLogger(__name__)


class Row(NamedTuple):
    """Captions of one picture; several rows with one id belong together."""

    id: int | str
    image: str
    captions: tuple[str, ...]


def checked(entry: object, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    """Gives `entry[name]`, whose kind must be as it should.

    Raises:
        ValueError: the entry is no JSON object, or the value is missing, empty or of another kind.
    """
    if not isinstance(entry, dict) or name not in entry:
        raise ValueError(f"{where} has no {name!r}")
    value = entry[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        names = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        raise ValueError(f"{where}: {name!r} must be {names}, not {value!r:.60}")
    return value


def all_lines(path: Path) -> Iterator[str]:
    """Gives the lines of a UTF-8 file without their ends, one in memory at a time.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is a folder, a pipe or a device, or a line is not UTF-8.
    """
    try:
        check_file(path)
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ValueError(f"{path} is a folder, and a file of captions is needed") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} line {number} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Gives the lines that are not blank, with their numbers from 1."""
    return ((number, line) for number, line in enumerate(all_lines(path), 1) if line.strip())


def flickr_tokens(path: Path) -> Iterator[Row]:
    """Flickr8k and Flickr30k (Hodosh et al. 2013, Young et al. 2014): `name.jpg#0<TAB>caption`."""
    for number, line in lines(path):
        key, tab, caption = line.partition("\t")
        name, mark, place = key.rpartition("#")
        if not tab or not mark or not name or not place.isdecimal():
            raise ValueError(f"{path} line {number}: a line reads name.jpg#0<TAB>caption, not {line!r:.60}")
        yield Row(name, name, (caption.strip(),))


def kaggle(path: Path) -> Iterator[Row]:
    """Kaggle's captions.txt: a header `image,caption`, then a caption that may hold commas, quoted or not."""
    rows = lines(path)
    next(rows)
    for number, line in rows:
        name, comma, caption = line.partition(",")
        if not comma or not name:
            raise ValueError(f"{path} line {number}: a line reads name.jpg,caption, not {line!r:.60}")
        caption = caption.strip()
        if len(caption) > 1 and caption[0] == caption[-1] == '"':
            caption = caption[1:-1].replace('""', '"')
        yield Row(name, name, (caption,))


def comma_separated(path: Path) -> Iterator[Row]:
    """A CSV of one's own: columns `image` and `caption` (others are passed over); commas inside stand in quotes."""
    reader = csv.DictReader((line + "\n" for line in all_lines(path)), strict=True)
    try:
        absent = {"image", "caption"} - set(reader.fieldnames or ())
        if absent:
            raise ValueError(
                f"{path} line 1: no column {' and '.join(sorted(absent))}; a header image,caption is needed"
            )
        for row in reader:
            where = f"{path} line {reader.line_num}"
            if None in row:
                raise ValueError(f"{where} has more fields than the header; put a caption that holds commas in quotes")
            if not row["image"] or row["caption"] is None:
                raise ValueError(f"{where} has no image or no caption")
            yield Row(row["image"], row["image"], (row["caption"].strip(),))
    except csv.Error as error:
        raise ValueError(f"{path} line {reader.reader.line_num} is not CSV: {error}") from None


def json_lines(path: Path) -> Iterator[Row]:
    """JSONL of one's own: a line is `{"image": …, "caption": …}`."""
    for number, line in lines(path):
        where = f"{path} line {number}"
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{where} is not JSON: {error.msg} at column {error.colno}") from None
        name = checked(entry, "image", str, where)
        yield Row(name, name, (checked(entry, "caption", str, where).strip(),))


def text_format(path: Path) -> Callable[[Path], Iterator[Row]]:
    """Tells the format of a text file by its ending, or else by its first line."""
    if path.suffix in (".jsonl", ".csv"):
        return json_lines if path.suffix == ".jsonl" else comma_separated
    _, first = next(lines(path), (0, ""))
    if first.replace(" ", "").lower() == "image,caption":
        return kaggle
    if "#" in first.partition("\t")[0] and "\t" in first:
        return flickr_tokens
    raise ValueError(
        f"{path}: its first line is neither image,caption nor name.jpg#0<TAB>caption; "
        "captions are read from COCO's or Karpathy's .json, from .jsonl, .csv, Flickr token files and captions.txt"
    )


def karpathy(path: Path, content: Mapping[str, Any], split: str | None) -> Iterator[Row]:
    """Karpathy's split of COCO and Flickr (Karpathy and Fei-Fei 2015, arXiv:1412.2306).

    Args:
        path: the file, for messages.
        content: what stands in it.
        split: names of its splits joined by `+`, as in `train+restval`; None takes all.
    """
    images = checked(content, "images", list, str(path))
    there = {checked(image, "split", str, f"{path} image {place}"): None for place, image in enumerate(images)}
    wanted = split.split("+") if split is not None else list(there)
    for name in wanted:
        if name not in there:
            raise ValueError(f"{path} has no split {name!r}; it has {', '.join(there)}; join several with +")
    if "train" in wanted and "restval" in there and "restval" not in wanted:
        logger.warning("%s: published models train on the split train+restval, not on train alone", path)
    for place, image in enumerate(images):
        if image["split"] in wanted:
            where = f"{path} image {place}"
            folder = [checked(image, "filepath", str, where)] if "filepath" in image else []
            name = "/".join([*folder, checked(image, "filename", str, where)])
            sentences = checked(image, "sentences", list, where)
            captions = tuple(checked(sentence, "raw", str, where).strip() for sentence in sentences)
            yield Row(checked(image, "cocoid", int, where) if "cocoid" in image else name, name, captions)
