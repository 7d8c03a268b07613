"""The public formats of questions about photos, each read to the same rows: VQA, DAQUAR's text, JSONL and CSV."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from captioner.data.read.formats import checked, lines
from captioner.files import read_json, read_text

Id = int | str
# DAQUAR ends a question with its photo: "… in the image7 ?", seldom "… of this image7 ?" or "… in image7 ?".
DAQUAR_END = re.compile(r"(?: (?:in|on|of))?(?: the| this)? image(\d+)\s*\?$")
FULL_ID = 12  # digits of a photo's number in COCO's file names


class Row(NamedTuple):
    """One question; `image` is the name of its photo's file."""

    id: Id
    image_id: Id
    image: str
    text: str
    answers: tuple[str, ...] = ()
    question_type: str = ""
    answer_type: str = ""


def vqa(path: Path, annotations: Path | None, names: Mapping[int, str] | None) -> Iterator[Row]:
    """VQA v1 and v2 (Antol et al. 2015, Goyal et al. 2017): questions in one file, ten answers each in another."""
    content = read_json(path)
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


def json_lines(path: Path) -> Iterator[Row]:
    """JSONL of one's own: a line is `{"image": …, "question": …, "answer": …}`."""
    for place, (number, line) in enumerate(lines(path), 1):
        where = f"{path} line {number}"
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{where} is not JSON: {error.msg} at column {error.colno}") from None
        yield _of_table(entry, place, where)


def comma_separated(path: Path) -> Iterator[Row]:
    """A CSV of one's own: columns `image`, `question` and, where known, `answer`; commas inside stand in quotes."""
    reader = csv.DictReader(StringIO(read_text(path), newline=""), strict=True)
    try:
        absent = {"image", "question"} - set(reader.fieldnames or ())
        if absent:
            needed = "a header image,question or image,question,answer is needed"
            raise ValueError(f"{path} line 1: no column {' and '.join(sorted(absent))}; {needed}")
        for place, row in enumerate(reader, 1):
            where = f"{path} line {reader.line_num}"
            if None in row:
                raise ValueError(f"{where} has more fields than the header; put a field that holds commas in quotes")
            entry: dict[str, Any] = {name: value for name, value in row.items() if value}
            if entry.get("id", "").isdecimal():
                entry["id"] = int(entry["id"])
            if entry.get("answer", "").startswith("["):
                try:
                    entry["answer"] = json.loads(entry["answer"])
                except json.JSONDecodeError:
                    raise ValueError(f"{where}: the answer begins with [ but is no JSON list") from None
            yield _of_table(entry, place, where)
    except csv.Error as error:
        raise ValueError(f"{path} line {reader.reader.line_num} is not CSV: {error}") from None


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
    types = {name: note[name] for name in ("question_type", "answer_type") if name in note}
    return row._replace(
        answers=tuple(_text(one, "answer", where) for one in checked(note, "answers", list, where)), **types
    )


def _of_table(entry: Mapping[str, Any], place: int, where: str) -> Row:
    image, text = _text(entry, "image", where), _text(entry, "question", where)
    given = entry.get("answer") or []
    answers = given if isinstance(given, list) else [given]
    if not all(isinstance(answer, str) and answer.strip() for answer in answers):
        raise ValueError(f"{where}: an answer is a text, or a list with a text of each annotator, not {given!r:.60}")
    return Row(
        id=checked(entry, "id", (int, str), where) if "id" in entry else place,
        image_id=image,
        image=image,
        text=text,
        answers=tuple(answer.strip() for answer in answers),
        question_type=entry.get("question_type", ""),
        answer_type=entry.get("answer_type", ""),
    )


def _text(entry: object, name: str, where: str) -> str:
    """A text without space around it, which must not be empty."""
    text: str = checked(entry, name, str, where).strip()
    if not text:
        raise ValueError(f"{where}: {name!r} is empty")
    return text
