"""The exercises of a notebook, by the names of its cells: `exercise-NAME`, `check-NAME`, and NAME in its solutions."""

import ast
import json
from pathlib import Path
from typing import Any, NamedTuple

Cell = dict[str, Any]


class Exercise(NamedTuple):
    """A function to be written."""

    name: str
    cell: Cell
    check: Cell
    solution: str
    """Source of the function, with the imports of its file before it."""


def cells_of(path: Path) -> list[Cell]:
    """A notebook's cells, each with its source as one text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def exercises_of(path: Path) -> list[Exercise]:
    """In the order of the notebook; a missing check or solution is an error."""
    cells = cells_of(path)
    by_id = {cell["id"]: cell for cell in cells}
    solutions = functions_of(path.parent / "solutions" / f"{path.stem}.py")
    found = []
    for cell in cells:
        if cell["id"].startswith("exercise-"):
            tag = cell["id"].removeprefix("exercise-")
            name = tag.replace("-", "_")
            found.append(Exercise(name, cell, by_id[f"check-{tag}"], solutions[name]))
    return found


def functions_of(path: Path) -> dict[str, str]:
    """The functions of a file of solutions by name, each with the imports before it."""
    text = path.read_text(encoding="utf-8")
    body = ast.parse(text).body
    imports = [ast.get_source_segment(text, node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {
        node.name: "\n".join([*map(str, imports), ast.unparse(node)])
        for node in body
        if isinstance(node, ast.FunctionDef)
    }
