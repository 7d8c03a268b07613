"""Clears the outputs of the notebooks and writes them in one form, so that a change of a cell is all that a diff shows.

python course/tidy.py
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebooks() -> list[Path]:
    """All of the course, in order."""
    return sorted(FOLDER.glob("[0-9]_*.ipynb"))


def tidied(text: str) -> str:
    """A notebook without outputs, counts and whatever an editor adds to it; cells keep their names and their order."""
    cells = [_cell(cell) for cell in json.loads(text)["cells"]]
    whole = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    source = "".join(cell["source"]).strip("\n").splitlines(keepends=True)
    if cell["cell_type"] == "markdown":
        return {"cell_type": "markdown", "id": cell["id"], "metadata": {}, "source": source}
    code = {"cell_type": "code", "execution_count": None, "id": cell["id"], "metadata": {}}
    return {**code, "outputs": [], "source": source}


def main() -> None:
    """Tidies every notebook."""
    for path in notebooks():
        path.write_text(tidied(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
