"""The notebooks as files: tidy, without outputs, with exercises that can be checked, true about where things lie."""

import ast
import re

import pytest

from course.tidy import FOLDER, notebooks, tidied
from tests.course.exercises import cells_of, exercises_of
from tests.paths import ROOT

NOTEBOOKS = notebooks()
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
LONGEST = 60  # lines of a code cell


def test_there_are_eight_and_the_readme_lists_them_in_order():
    listed = re.findall(r"\]\((\d_\w+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]
    assert len(listed) == 8


@EACH
def test_a_notebook_is_tidy_and_has_no_outputs(path):
    text = path.read_text(encoding="utf-8")
    assert text == tidied(text), f"run python course/tidy.py: {path.name}"


def test_tidying_drops_what_a_run_leaves_behind():
    text = NOTEBOOKS[0].read_text(encoding="utf-8")
    ran = text.replace('"execution_count": null', '"execution_count": 7', 1)
    ran = ran.replace('"outputs": []', '"outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\\n"]}]', 1)
    ran = ran.replace('"metadata": {}', '"metadata": {"scrolled": true}', 1)
    assert ran != text
    assert tidied(ran) == text


@EACH
def test_cells_are_short_and_have_names_of_their_own(path):
    cells = cells_of(path)
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        assert cell["cell_type"] == "markdown" or len(cell["source"].splitlines()) <= LONGEST, cell["id"]


@EACH
def test_two_or_three_exercises_are_blank_and_have_a_solution_of_the_same_form(path):
    exercises = exercises_of(path)
    assert 2 <= len(exercises) <= 3
    for name, cell, check, solution in exercises:
        (blank,) = ast.parse(cell["source"]).body
        *_, solved = ast.parse(solution).body
        assert isinstance(blank, ast.FunctionDef)
        assert isinstance(solved, ast.FunctionDef)
        assert blank.name == solved.name == name
        assert ast.dump(blank.args) == ast.dump(solved.args)
        assert ast.get_docstring(blank) == ast.get_docstring(solved)
        assert [ast.unparse(line) for line in blank.body[1:]] == ["..."]
        assert f"check({name}," in check["source"] or f"check(\n    {name}," in check["source"]


@EACH
def test_nothing_but_its_check_uses_what_an_exercise_writes(path):
    """So a notebook runs the same whether its exercises are solved, wrong or blank."""
    names = {exercise.name for exercise in exercises_of(path)}
    for cell in cells_of(path):
        if cell["cell_type"] == "code" and not cell["id"].startswith(("exercise-", "check-")):
            used = {node.id for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, ast.Name)}
            assert not used & names, cell["id"]


@EACH
def test_files_and_folders_that_are_named_exist(path):
    text = "\n".join(cell["source"] for cell in cells_of(path) if cell["cell_type"] == "markdown")
    named = set(re.findall(r"`((?:captioner|configs|docs|scripts|solutions)/[\w/.]*)", text))
    assert any(name.startswith("captioner/") for name in named)
    for name in named:
        assert (ROOT / name).exists() or (FOLDER / name).exists(), name


def test_whoever_has_done_the_course_has_met_every_room_of_the_network():
    text = "".join(cell["source"] for path in NOTEBOOKS for cell in cells_of(path))
    nn = ROOT / "captioner" / "nn"
    for room in ("core", "heads"):
        for path in (nn / room).glob("[a-z]*.py"):
            assert path.name in text, path.relative_to(ROOT)
    assert "captioner/nn/encoder" in text
