"""Result files: captions by photo in COCO's results format, told from answers, and matched with the annotations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from captioner.files import read_json
from captioner.scoring.captions.scores import named

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


def match(said: Mapping[Path, Mapping[Id, str]], known: Sequence[Id], items: str) -> tuple[list[Id], list[str]]:
    """The ids that the annotations and all result files have, and a sentence about each kind that one lacks.

    Args:
        said: file: what it says, by id.
        known: the ids of the annotations.
        items: what the ids are of, "photos" or "questions".

    Raises:
        ValueError: there are none.
    """
    scorable, notes, noun = set(known), [], items.removesuffix("s")
    for path, each in said.items():
        if scorable.isdisjoint(each):
            ids = f"its ids are like {next(iter(each))!r}, theirs like {known[0] if known else None!r}"
            raise ValueError(f"{path} is about none of the {len(known):,} {items} of the annotations: {ids}")
        if missing := [key for key in known if key not in each]:
            notes.append(f"{path} lacks {named(missing, noun)}: the scores are of the others")
        if foreign := [key for key in each if key not in scorable]:
            notes.append(f"{path} has {named(foreign, noun)} that the annotations lack: left out")
    common = [key for key in known if all(key in each for each in said.values())]
    if not common:
        raise ValueError(f"{' and '.join(map(str, said))} have no {noun} in common, so they cannot be compared")
    return common, notes
