"""Tables of one's own: CSV in its dialects, JSON lines and JSON lists, whatever their columns are called."""

import csv
import re
import reprlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from captioner.data.read.lines import all_lines, checked, lines
from captioner.files import parse_json
from captioner.photos import IMAGE_SUFFIXES

ENDINGS = (".csv", ".tsv", ".jsonl")
# What a column is: the names it goes by, in small letters; of two in one table the first counts.
NAMES = {
    "image": ("image", "file_name", "filename", "image_name", "image_path", "image_file", "photo", "video"),
    "caption": ("caption", "captions", "text", "comment", "sentence"),
    "question": ("question",),
    "answer": ("answer", "answers"),
}
DELIMITERS = (",", ";", "\t", "|")
SEPARATOR = re.compile(r'"?sep=(.)"?\s*')  # the line with which Excel is told
CAPTIONS, QUESTIONS = ("image", "caption"), ("image", "question")
HEADERS = {CAPTIONS: "image,caption", QUESTIONS: "image,question or image,question,answer"}
Needed = tuple[str, str]


class Entry(NamedTuple):
    """One line of a table: where it stands, and its values by the name of their column."""

    where: str
    values: Mapping[str, Any]


def entries(path: Path, needed: Needed, content: object = None) -> Iterator[Entry]:
    """Reads a table, which must have the needed columns.

    Args:
        path: the file; `.jsonl` holds JSON lines, every other ending a table with a header.
        needed: `CAPTIONS` or `QUESTIONS`.
        content: of a JSON file that is a list of entries.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed, or a needed column is missing; the message says where and how.
    """
    if isinstance(content, list):
        given = ((f"{path} entry {place}", entry) for place, entry in enumerate(content, 1))
    elif path.suffix.lower() == ".jsonl":
        given = ((f"{path} line {number}", parse_json(line, path, line=number)) for number, line in lines(path))
    else:
        yield from _with_header(path, needed)
        return
    for where, entry in given:
        values = {ours: entry[name] for name, ours in known(entry).items()} if isinstance(entry, dict) else {}
        given_by_frames = {"image"} if "frames" in values else set()
        if absent := [name for name in needed if name not in values and name not in given_by_frames]:
            _refuse_other_kind(where, values, needed)
            checked(entry, absent[0], object, where)
        yield Entry(where, values)


def named_frames(values: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The names of a clip's frames, where an entry lists them as `frames`; none of a photo or a video."""
    if "frames" not in values:
        return ()
    frames = checked(values, "frames", list, where)
    if not frames or not all(isinstance(frame, str) and frame.strip() for frame in frames):
        raise ValueError(f"{where}: 'frames' is a list of the names of photos, not {reprlib.repr(frames)}")
    return tuple(frame.strip() for frame in frames)


def known(columns: Iterable[str]) -> dict[str, str]:
    """What each column is called here; those that nobody knows keep their names, in small letters."""
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(column.strip().lower(), column)
    names = {}
    for ours, spellings in NAMES.items():
        if (spelling := next((each for each in spellings if each in plain), None)) is not None:
            names[plain.pop(spelling)] = ours
    return names | {column: small for small, column in plain.items()}


def columns(path: Path) -> list[str]:
    """The columns of a table with a header, in the names used here; empty where its first line is none.

    Raises:
        FileNotFoundError, ValueError: the file cannot be read.
    """
    rows = _Rows(path)
    found = rows.columns(CAPTIONS) or rows.columns(QUESTIONS)
    return list(known(found).values())


class _Rows:
    """The lines of a table with a header: the first is read at once, the others when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path, rest = path, enumerate(all_lines(path), 1)
        self.number, self.head = next((each for each in rest if each[1].strip()), (1, ""))
        self.delimiters: Sequence[str] = DELIMITERS
        if (told := SEPARATOR.fullmatch(self.head)) is not None:
            self.delimiters = [told[1]]
            self.number, self.head = next(rest, (self.number, ""))
        self.rest = (line + "\n" for _, line in rest)

    def cut(self, delimiter: str) -> list[str]:
        """The header, cut there; empty where it is no line of CSV."""
        try:
            return next(csv.reader([self.head], delimiter=delimiter), [])
        except csv.Error:
            return []

    def columns(self, needed: Needed) -> list[str]:
        """The header, cut by the delimiter with which it has the needed columns, which is kept; empty if none has."""
        for delimiter in self.delimiters:
            found = self.cut(delimiter)
            if set(needed) <= set(known(found).values()):
                self.delimiters = [delimiter]
                return found
        return []


def _with_header(path: Path, needed: Needed) -> Iterator[Entry]:
    rows = _Rows(path)
    number = rows.number
    try:
        found = rows.columns(needed)
        if not found:
            _refuse_header(rows, needed)
        names, (delimiter,) = known(found), rows.delimiters
        reader = csv.reader(rows.rest, delimiter=delimiter, strict=True)
        for fields in reader:
            number = rows.number + reader.line_num
            where = f"{path} line {number}"
            if any(fields[len(found) :]):
                what = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(delimiter, delimiter)
                raise ValueError(f"{where} has more fields than the header; put a field that holds {what} in quotes")
            values = {names[column]: field for column, field in zip(found, fields, strict=False)}
            if fields and (not values.get("image", "").strip() or needed[1] not in values):
                raise ValueError(f"{where} has no image or no {needed[1]}")
            if fields:
                yield Entry(where, values)
    except csv.Error as error:
        raise ValueError(f"{path} line {number + 1} is not CSV: {str(error).partition(' - ')[0]}") from None


def _refuse_header(rows: _Rows, needed: Needed) -> NoReturn:
    """Says which columns there are, and which of them would do under another name."""
    where = f"{rows.path} line {rows.number}"
    found = [column.strip() for column in max(map(rows.cut, rows.delimiters), key=len)]
    names = known(found)
    _refuse_other_kind(where, names.values(), needed)
    wanted = f"a header {HEADERS[needed]} is needed"
    if found and Path(found[0]).suffix.lower() in IMAGE_SUFFIXES:
        raise ValueError(f"{where} names a photo already, {found[0]!r:.60}; {wanted} before it")
    absent = sorted(set(needed) - set(names.values()))
    there = f", only {', '.join(found)[:200]}" if found else ""
    small = {column.lower(): column for column in found if column not in names or names[column] not in needed}
    near = [small[each] for name in absent for each in get_close_matches(name, small, n=1)]
    if len(absent) == len(small) == 1:
        near = list(small.values())
    hint = f"; rename {' and '.join(f'{each!r:.60}' for each in near)}" if near else ""
    raise ValueError(f"{where}: no column {' and '.join(absent)}{there}; {wanted}{hint}")


def _refuse_other_kind(where: str, names: Collection[str], needed: Needed) -> None:
    """Questions are no captions, nor the other way round."""
    if "question" in names and "question" not in needed:
        raise ValueError(
            f"{where} is of a table of questions, and captions are needed; questions are trained with"
            " --data.questions.train.file, answered by `captioner ask` and scored by `captioner evaluate`"
        )
    if "caption" in names and "question" in needed and "question" not in names:
        raise ValueError(f"{where} is of a table of captions, and questions are needed: a column `question`")
