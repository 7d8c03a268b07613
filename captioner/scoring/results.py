"""Reads result files: captions by photo in COCO's results format, and tells them from answers to questions."""

from collections import Counter
from pathlib import Path
from typing import Literal

from captioner.files import read_json
from captioner.scoring.captions import named

Id = int | str
LONGEST = 10_000  # characters; no caption is longer
CAPTION_KEYS, ANSWER_KEYS = {"image_id", "caption"}, {"question_id", "answer"}


def kind_of_results(path: Path) -> Literal["captions", "answers"]:
    """Tells by the keys of its first entry what a result file holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not JSON, or no list of captions or answers.
    """
    entries = entries_of(path)
    found = list(entries[0]) if isinstance(entries[0], dict) else []
    if CAPTION_KEYS.issubset(found):
        return "captions"
    if ANSWER_KEYS.issubset(found):
        return "answers"
    keys = f"has {', '.join(map(str, found)) or 'none of them'}"
    raise ValueError(f"{path} result 1 must have image_id and caption, or question_id and answer, and {keys}")


def read_caption_results(path: Path) -> dict[Id, str]:
    """Reads COCO's results format into photo id: caption.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not JSON, an entry is malformed, or photos have several captions.
    """
    captions: list[tuple[Id, str]] = []
    for place, entry in enumerate(entries_of(path), 1):
        where = f"{path} result {place}"
        if not isinstance(entry, dict) or not CAPTION_KEYS.issubset(entry):
            raise ValueError(f"{where} must be an object with image_id and caption, not {entry!r:.60}")
        key, caption = entry["image_id"], entry["caption"]
        if not isinstance(key, int | str) or isinstance(key, bool):
            raise ValueError(f"{where}: image_id must be a whole number (or a file name), not {key!r:.60}")
        if not isinstance(caption, str):
            raise ValueError(f"{where}: caption must be text, not {caption!r:.60}")
        if len(caption) > LONGEST:
            raise ValueError(
                f"{where}: a caption has at most {LONGEST:,} characters, and this one has {len(caption):,}"
            )
        captions.append((key, caption))
    twice = [key for key, times in Counter(key for key, _ in captions).items() if times > 1]
    if twice:
        raise ValueError(f"{path} has several captions for {named(twice)}; every photo needs exactly one")
    return dict(captions)


def entries_of(path: Path) -> list[object]:
    """The list in a result file, which must hold something."""
    entries = read_json(path)
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path} is no result file: that is a list of entries with image_id and caption")
    return entries
