"""The public formats of questions about photos, each read to the same rows: VQA, DAQUAR's text, JSONL and CSV."""

import json
import re
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from captioner.data.read.lines import checked, lines
from captioner.data.read.tables import QUESTIONS, entries, named_frames
from captioner.files import read_json
from captioner.text.tokenize import trimmed

Id = int | str
# DAQUAR ends a question with its photo: "… in the image7 ?", seldom "… of this image7 ?" or "… in image7 ?".
DAQUAR_END = re.compile(r"(?: (?:in|on|of))?(?: the| this)? image(\d+)\s*\?$")
FULL_ID = 12  # digits of a photo's number in COCO's file names


class Row(NamedTuple):
    """One question; `image` is the name of its photo's or video's file, or of a clip's first frame."""

    id: Id
    image_id: Id
    image: str
    text: str
    answers: tuple[str, ...] = ()
    question_type: str = ""
    answer_type: str = ""
    frames: tuple[str, ...] = ()


def vqa(path: Path, annotations: Path | None, names: Mapping[int, str] | None) -> Iterator[Row]:
    """VQA v1 and v2 (Antol et al. 2015, Goyal et al. 2017): questions in one file, ten answers each in another."""
    content = read_json(path)
    if isinstance(content, list):
        if annotations is not None or names is not None:
            other = annotations if annotations is not None else "the image names"
            raise ValueError(f"{path} is a list that names photos and answers itself; leave {other} out")
        yield from table(path, content)
        return
    notes = {}
    if annotations is not None:
        for place, note in enumerate(checked(read_json(annotations), "annotations", list, str(annotations)), 1):
            notes[checked(note, "question_id", (int, str), f"{annotations} annotation {place}")] = note
    for place, entry in enumerate(checked(content, "questions", list, str(path)), 1):
        where = f"{path} question {place}"
        number = checked(entry, "question_id", (int, str), where)
        image = checked(entry, "image_id", int, where)
        if names is not None and image not in names:
            raise ValueError(f"{where} is about photo {image}, which the image names do not list")
        name = names[image] if names is not None else _usual_name(content, image)
        row = Row(number, image, name, _text(entry, "question", where))
        if annotations is None:
            yield row
        elif number in notes:
            yield _annotated(row, notes[number], f"{annotations} question {number!r}")
        else:
            raise ValueError(f"{annotations} has no annotation of question {number!r} of {path}")


def daquar(path: Path, names: Mapping[int, str] | None) -> Iterator[Row]:
    """DAQUAR (Malinowski & Fritz 2014): a question line that ends with its photo, then its answer line.

    Answers are of type `list` ("table, chair"), `number`, or `other`.
    """
    rows = enumerate(lines(path))
    for place, (number, line) in rows:
        asked = line.strip()
        end = DAQUAR_END.search(asked)
        if end is None:
            raise ValueError(f"{path} line {number}: a question ends like `… in the image7 ?`, not {asked!r:.60}")
        _, (_, answer) = next(rows, (0, (0, "")))
        if not answer or DAQUAR_END.search(answer.strip()):
            raise ValueError(f"{path} line {number}: this question has no answer on the next line")
        image = int(end[1])
        if names is None or image in names:
            text = re.sub(r"\bimage\d+", "image", asked[: end.start()]) + " ?"
            name = names[image] if names is not None else f"image{image}.jpg"
            kind = "list" if "," in answer else "number" if answer.strip().isdecimal() else "other"
            yield Row(place // 2 + 1, image, name, text, (answer.strip(),), answer_type=kind)


def table(path: Path, content: object = None) -> Iterator[Row]:
    """A table of one's own with columns `image`, `question` and, where known, `answer`; or VizWiz's JSON list."""
    for place, (where, values) in enumerate(entries(path, QUESTIONS, content), 1):
        entry = {name: value for name, value in values.items() if value not in ("", None)}
        if (
            isinstance(number := entry.get("id"), str) and number.isdecimal() and len(number) < 100
        ):  # longer ones stay texts
            entry["id"] = int(number)
        if isinstance(answer := entry.get("answer"), str) and answer.startswith("["):
            try:
                entry["answer"] = json.loads(answer)
            except (ValueError, RecursionError):
                raise ValueError(f"{where}: the answer begins with [ but is no JSON list") from None
        yield _of_table(entry, place, where)


def numbered_names(path: Path) -> dict[int, str]:
    """Number of a photo: name of its file; from COCO's `images` in a JSON file, or a text with one name a line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is of another form; the message says where.
    """
    names = {}
    if path.suffix == ".json":
        for place, entry in enumerate(checked(read_json(path), "images", list, str(path)), 1):
            where = f"{path} image {place}"
            names[checked(entry, "id", int, where)] = _text(entry, "file_name", where)
        return names
    for number, line in lines(path):
        name = re.fullmatch(r"(\D*(\d+))(\.\w+)?", line.strip())
        if name is None:
            raise ValueError(f"{path} line {number}: a line names a photo by its number, like image7, not {line!r:.60}")
        names[int(name[2])] = name[1] + (name[3] or ".jpg")
    return names


def _usual_name(content: Mapping[str, Any], image: int) -> str:
    """The file name that the publishers of a VQA file give to a photo."""
    kind, part = content.get("data_type"), str(content.get("data_subtype"))
    if kind == "mscoco":
        return f"COCO_{part.replace('test-dev', 'test')}_{image:0{FULL_ID}}.jpg"
    return f"{kind}_{part}_{image:0{FULL_ID}}.png" if kind == "abstract_v002" else f"image{image}.jpg"


def _annotated(row: Row, note: Mapping[str, Any], where: str) -> Row:
    if note.get("image_id", row.image_id) != row.image_id:
        raise ValueError(f"{where} is about photo {note['image_id']!r}, and among the questions about {row.image_id}")
    answers = tuple(_text(one, "answer", where) for one in checked(note, "answers", list, where))
    return row._replace(answers=answers, **_types(note, where))


def _of_table(entry: Mapping[str, Any], place: int, where: str) -> Row:
    frames, text = named_frames(entry, where), _text(entry, "question", where)
    image = frames[0] if frames else _text(entry, "image", where)
    given = entry.get("answer") or []
    answers = [
        one.get("answer") if isinstance(one, dict) else one for one in (given if isinstance(given, list) else [given])
    ]
    if not all(isinstance(answer, str) and answer.strip() for answer in answers):
        shown = reprlib.repr(given)
        raise ValueError(f"{where}: an answer is a text, or a list with a text of each annotator, not {shown}")
    return Row(
        id=checked(entry, "id", (int, str), where) if "id" in entry else place,
        image_id=" ".join(frames) or image,
        image=image,
        text=text,
        answers=tuple(str(answer).strip() for answer in answers),
        **_types(entry, where),
        frames=frames,
    )


def _types(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The data set's groups of a question and its answers, where it has any."""
    return {name: checked(entry, name, str, where) for name in ("question_type", "answer_type") if name in entry}


def _text(entry: object, name: str, where: str) -> str:
    """A text without space around it, which must not be empty."""
    text = trimmed(checked(entry, name, str, where))
    if not text:
        raise ValueError(f"{where}: {name!r} is empty")
    return text
