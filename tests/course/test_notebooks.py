"""Every notebook is run as a reader first opens it; then its exercises are solved, and spoiled, and their checks told.

An exercise is used by its own check alone (`test_format.py` holds the notebooks to that). So the rest of a notebook
runs the same with it solved, and need not run twice.
"""

from pathlib import Path

import pytest

from course.tidy import FOLDER, notebooks
from tests.course.exercises import exercises_of

SPOILED = """
def _spoiling(function):
    def spoiled(*arguments):
        return _other(function(*arguments))
    spoiled.__name__ = function.__name__
    return spoiled

def _other(result):
    if isinstance(result, tuple):
        return (*result[:-1], _other(result[-1]))
    if isinstance(result, dict):
        return {key: value + 0.01 for key, value in result.items()}
    return result[:-1] if isinstance(result, list) else result * 1.01 + 0.01

NAME = _spoiling(NAME)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_it_runs_with_blank_exercises_and_its_checks_tell_right_from_wrong(path: Path, tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat, a development extra")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient, a development extra")
    pytest.importorskip("ipykernel", reason="needs ipykernel: pip install 'captioner[course]'")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # not the settings of whoever runs the tests
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.read(path, as_version=4)
    whole, expected = len(notebook.cells), []
    for name, _, check, solution in exercises_of(path):
        sources = [solution, check["source"], SPOILED.replace("NAME", name), check["source"]]
        notebook.cells += [nbformat.v4.new_code_cell(source) for source in sources]
        expected += [f"{name}: right", f"{name}: not yet right"]
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(FOLDER)}}, timeout=500).execute()
    for cell in notebook.cells[:whole]:
        if cell.id.startswith("check-"):
            assert printed(cell).endswith(": not yet written"), printed(cell)
    told = [printed(cell) for cell in notebook.cells[whole + 1 :: 2]]
    assert [line[: len(wanted)] for line, wanted in zip(told, expected, strict=True)] == expected, told
    assert any("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))


def printed(cell) -> str:
    """What a cell printed, and nothing that a library warned of."""
    assert not [output.text for output in cell.outputs if output.get("name") == "stderr"]
    return "".join(output.text for output in cell.outputs if output.output_type == "stream").strip()
