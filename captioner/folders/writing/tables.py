"""Tables with a row a photo: CSV, JSON lines and Parquet, each written whole and read again to go on."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from captioner.files import parse_json, whole

Row = dict[str, Any]
COLUMNS = ("path", "caption", "score", "doubt", "right", "width", "height", "taken", "model", "n_best")
"""`path` is relative to the table where the photo lies below it; `doubt` says `right`, what part of the nouns of such
captions was right, in words, where that was measured; `n_best` holds captions with scores, best first."""
NUMBERS: dict[str, Callable[[str], float]] = {"score": float, "right": float, "width": int, "height": int}
NAME = "captions"
AT_ONCE = 1_000  # rows


class Format(NamedTuple):
    """How one kind of table is read and written."""

    read: Callable[[Path], Iterator[Row]]
    write: Callable[[Path, Iterable[Row]], None]


def check_format(kind: str) -> None:
    """Finds out before long work whether such a table can be written.

    Raises:
        ValueError: pyarrow is not installed.
    """
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise ValueError("parquet needs pyarrow: pip install 'captioner[tables]'; csv and jsonl need nothing")


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a table that an earlier run wrote; none where it is not there.

    Raises:
        ValueError: it is another kind of table.
    """
    if path.exists():
        yield from FORMATS[path.suffix[1:]].read(path)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Writes a table, whole or not at all; `rows` may be read from the one whose place it takes."""
    with whole(path) as temporary:
        FORMATS[path.suffix[1:]].write(temporary, rows)


def _check(path: Path, columns: Iterable[str]) -> None:
    if tuple(columns) != COLUMNS:
        raise ValueError(
            f"{path} has not the columns {', '.join(COLUMNS)}; move it away, or write with --out elsewhere"
        )


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        table = csv.reader(file)
        _check(path, next(table, ()))
        try:
            for cells in table:
                yield _row(cells, path, table.line_num)
        except csv.Error as error:
            raise ValueError(f"{path} line {table.line_num} is no CSV ({error}); mend it, or move it away") from None


def _row(cells: list[str], path: Path, line: int) -> Row:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{path} line {line} has {len(cells)} columns instead of {len(COLUMNS)}; mend it")
    row: Row = dict(zip(COLUMNS, cells, strict=True))
    for name, number in NUMBERS.items():
        try:
            row[name] = number(row[name]) if row[name] else None
        except ValueError:
            raise ValueError(f"{path} line {line}: {name} is {row[name]!r}, which is no number") from None
    row["n_best"] = parse_json(row["n_best"] or "[]", path, line=line)
    return row


def _write_csv(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in rows:
            table.writerow([*(row[name] for name in COLUMNS[:-1]), json.dumps(row["n_best"], ensure_ascii=False)])


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)  # a name that is no UTF-8 may stand there
            except ValueError:
                row = parse_json(line, path, line=number)
            _check(path, row if isinstance(row, dict) else ())
            yield row


def _write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json_row(row) + "\n")


def json_row(row: Row) -> str:
    """One line; bytes of a name that are no UTF-8 come back from it."""
    line = json.dumps(row, ensure_ascii=False)
    return line if line.isascii() or _is_text(line) else json.dumps(row)


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read_parquet(path: Path) -> Iterator[Row]:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as table:
            _check(path, table.schema_arrow.names)
            for batch in table.iter_batches(AT_ONCE):
                yield from batch.to_pylist()
    except ArrowException as error:
        raise ValueError(f"{path} is no Parquet file that can be read ({error}); move it away") from None


def _write_parquet(path: Path, rows: Iterable[Row]) -> None:
    import pyarrow
    from pyarrow import parquet

    one = [("caption", pyarrow.string()), ("score", pyarrow.float64()), ("log_probability", pyarrow.float64())]
    kinds = {name: pyarrow.int64() if number is int else pyarrow.float64() for name, number in NUMBERS.items()}
    kinds["n_best"] = pyarrow.list_(pyarrow.struct(one))
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
    with parquet.ParquetWriter(path, schema) as writer:
        for some in batches(rows):
            named = [{**row, "path": row["path"].encode("utf-8", "backslashreplace").decode()} for row in some]
            writer.write_table(pyarrow.Table.from_pylist(named, schema=schema))


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """A thousand at a time."""
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


FORMATS = {
    "csv": Format(_read_csv, _write_csv),
    "jsonl": Format(_read_jsonl, _write_jsonl),
    "parquet": Format(_read_parquet, _write_parquet),
}
