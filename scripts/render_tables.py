"""Renders the tables of README.md and docs/ from the records in results/, so that no figure is typed by hand.

    python scripts/render_tables.py            # writes the tables anew
    python scripts/render_tables.py --check    # only says which pages are not as the records have them

A page holds a table between `<!-- table: NAME -->` and `<!-- end -->`. `results/NAME/table.yaml` defines it:

    head: network                                # title of the first column
    columns:                                     # the others: title, and what stands in them
      - [epochs, "{epochs}"]
      - [CIDEr, "{cider_d:.1p} ({cider_d.low:.1p} to {cider_d.high:.1p})", "{cider_d:.1p}"]
    rows:                                        # label, and record
      - [GRU, gru]                               # results/NAME/gru.json
      - ["the first, greedy", other/greedy]      # results/other/greedy.json
      - [chance, ["", "{other/chance.cider_d:.1p}"]]  # cells that name their records themselves

Names in braces are scores or settings of the record, formatted as in Python. `p` is percent without its sign, `~` three
digits that count. `_single.accuracy` is of the record beside it, gru_single. Of several templates the first is taken
whose names are all there; where none is, the cell is empty, or what `missing` says. A record that lies there as
gru.seed0.json, gru.seed1.json, … gives mean ± standard deviation. `seeds: false` is for tables without chance, `left`
names columns of text.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tables.records import Records

from captioner.files import read_text, write_text
from captioner.recipes import read_recipe

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(r"(<!-- table: ([\w/-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
KEYS = {"head", "columns", "rows", "missing", "seeds", "left"}


def rendered(name: str, records: Records) -> str:
    """A table as Markdown, with a line on its seeds below.

    Raises:
        FileNotFoundError: there is no such table, or no such record.
        ValueError: the table or a record is malformed.
    """
    table = definition(records.folder / name / "table.yaml")
    records.seeds.clear()
    rows, found = [], set[int]()
    for label, given in table["rows"]:
        if isinstance(given, str):
            record = given if "/" in given else f"{name}/{given}"
            cells = [records.cell(templates, record) for _, *templates in table["columns"]]
            found.update(place for place, cell in enumerate(cells) if cell is not None)
        else:
            cells = [records.fill(template, None) for template in given]
        rows.append([label, *(table["missing"] if cell is None else cell for cell in cells)])
    head = [table["head"], *(title for title, *_ in table["columns"])]
    for place, (title, *templates) in enumerate(table["columns"]):
        if templates and place not in found:
            raise ValueError(f"table {name}: no record has what its column {title!r} names")
    rule = ["---", *("---" if title in table["left"] else "--:" for title in head[1:])]
    first, *body = (f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in line)}|\n" for line in [head, *rows])
    return f"{first}|{'|'.join(rule)}|\n{''.join(body)}" + (note(records.seeds) if table["seeds"] else "")


def definition(path: Path) -> dict[str, Any]:
    """Reads a table's definition.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: it is malformed.
    """
    table = {"missing": "", "seeds": True, "left": [], **read_recipe(path)}
    if table.keys() != KEYS:
        raise ValueError(
            f"{path} must have head, columns, rows and perhaps missing, seeds, left; has {', '.join(table)}"
        )
    for label, given in table["rows"]:
        if not isinstance(given, str) and len(given) != len(table["columns"]):
            raise ValueError(f"{path}: {label!r} has {len(given)} cells for {len(table['columns'])} columns")
    return table


def note(seeds: set[int]) -> str:
    """What is said below a table of how many seeds its figures are of."""
    several = sorted(seeds - {1})
    if not several:
        return "\nOne seed.\n"
    counts = " or ".join(map(str, several))
    single = "; figures without it are of one seed" if 1 in seeds else ""
    return f"\n±: standard deviation over {counts} seeds{single}.\n"


def pages(root: Path) -> Iterator[Path]:
    """The pages that may hold tables."""
    return iter([root / "README.md", *sorted((root / "docs").rglob("*.md"))])


def page(text: str, records: Records) -> str:
    """A page with its tables rendered anew."""
    return TABLE.sub(lambda match: f"{match[1]}\n{rendered(match[2], records)}\n{match[3]}", text)


def main() -> int:
    """Writes the pages, or checks them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page would change")
    check = parser.parse_args().check
    records = Records(ROOT / "results")
    old = {path: read_text(path) for path in pages(ROOT)}
    try:
        changed = {path: new for path, text in old.items() if (new := page(text, records)) != text}
    except (ValueError, OSError) as error:
        print(f"render_tables: {error}", file=sys.stderr)
        return 2
    for path, text in changed.items():
        print(f"{path.relative_to(ROOT)} {'is not as its records' if check else 'written'}")
        if not check:
            write_text(path, text)
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
