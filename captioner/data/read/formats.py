"""The public caption formats but COCO's, each read to the same rows: whose caption, which picture, what is said."""

import logging
import re
import reprlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from captioner.data.read.lines import checked, lines
from captioner.data.read.tables import CAPTIONS, ENDINGS, columns, entries, named_frames
from captioner.text.tokenize import trimmed

logger = logging.getLogger(__name__)
RESULT = re.compile(r"\s*([^|]*[^|\s])\s*\|\s*\d+(?:\s*\||\s\s)\s*(.*)")


class Row(NamedTuple):
    """Captions of one picture or clip; several rows with one id belong together."""

    id: int | str
    image: str
    """The name of its file: a photo, or a video."""
    captions: tuple[str, ...]
    frames: tuple[str, ...] = ()
    """Of a clip of which there are frames, their names in the order of time; `image` is then the first."""


def flickr_tokens(path: Path) -> Iterator[Row]:
    """Flickr8k and Flickr30k (Hodosh et al. 2013, Young et al. 2014): `name.jpg#0<TAB>caption`."""
    for number, line in lines(path):
        key, tab, caption = line.partition("\t")
        name, mark, place = key.rpartition("#")
        if not tab or not mark or not name or not place.isdecimal():
            raise ValueError(f"{path} line {number}: a line reads name.jpg#0<TAB>caption, not {line!r:.60}")
        yield Row(name, name, (trimmed(caption),))


def kaggle(path: Path) -> Iterator[Row]:
    """Kaggle's captions.txt: a header `image,caption`, then a caption that may hold commas, quoted or not."""
    rows = lines(path)
    next(rows)
    for number, line in rows:
        name, comma, caption = line.partition(",")
        if not comma or not name:
            raise ValueError(f"{path} line {number}: a line reads name.jpg,caption, not {line!r:.60}")
        caption = trimmed(caption)
        if len(caption) > 1 and caption[0] == caption[-1] == '"':
            caption = caption[1:-1].replace('""', '"')
        yield Row(name, name, (caption,))


def flickr_results(path: Path) -> Iterator[Row]:
    """Flickr30k's results.csv: `name.jpg| 0| caption`, the caption as it is; in one line the second bar is missing."""
    rows = lines(path)
    next(rows)
    for number, line in rows:
        found = RESULT.fullmatch(line)
        if found is None:
            raise ValueError(f"{path} line {number}: a line reads name.jpg| 0| caption, not {line!r:.60}")
        yield Row(found[1], found[1], (trimmed(found[2]),))


def table(path: Path, content: object = None) -> Iterator[Row]:
    """A table of one's own, as `captioner.data.read.tables` reads it; in JSON, an image may have a list of captions."""
    for where, values in entries(path, CAPTIONS, content):
        frames, said = named_frames(values, where), checked(values, "caption", (str, list), where)
        image = frames[0] if frames else checked(values, "image", str, where).strip()
        captions = said if isinstance(said, list) else [said]
        if not all(isinstance(caption, str) for caption in captions):
            raise ValueError(f"{where}: a caption is a text, or a list of texts, not {reprlib.repr(said)}")
        yield Row(" ".join(frames) or image, image, tuple(map(trimmed, captions)), frames)


def text_format(path: Path) -> Callable[[Path], Iterator[Row]]:
    """Tells the format of a text file by its ending, or else by its first line."""
    if path.suffix.lower() == ".jsonl":
        return table
    _, first = next(lines(path), (0, ""))
    plain = first.replace(" ", "").lower()
    if plain == "image_name|comment_number|comment":
        return flickr_results
    if path.suffix.lower() in ENDINGS:
        return table
    if plain == "image,caption":
        return kaggle
    if "#" in first.partition("\t")[0] and "\t" in first:
        return flickr_tokens
    if columns(path):
        return table
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
            captions = tuple(trimmed(checked(sentence, "raw", str, where)) for sentence in sentences)
            yield Row(checked(image, "cocoid", int, where) if "cocoid" in image else name, name, captions)
