"""The house's rules, read from the source: layers import downwards only, and each heavy library has one door."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "captioner"
# A room may import rooms of the levels before its own, and itself; siblings of one level do not see each other,
# but for the pairs in SIBLINGS.
LEVELS = [
    {"files", "hub", "provenance"},
    {"text", "images", "photos", "recipes"},
    {"nn", "decoding", "data", "scoring"},
    {"bundle", "exported"},
    {"exporting", "inference", "faithfulness", "evaluation", "answer_evaluation", "figures", "recurrence"},
    {"training"},
    {"demo"},
    {"serving", "cli"},
]
SIBLINGS = {
    ("bundle", "exported"),
    ("inference", "figures"),
    ("faithfulness", "inference"),
    ("evaluation", "inference"),
    ("answer_evaluation", "inference"),
    ("evaluation", "faithfulness"),
    ("cli", "serving"),
}
# library: the only places (files or rooms) that may import it
DOORS = {
    "pytorch_lightning": {"training"},
    "pycocotools": {"data/records.py", "scoring/attention.py"},
    "pycocoevalcap": {"scoring"},
    "nltk": {"text", "scoring"},
    "safetensors": {"files.py"},
    "huggingface_hub": {"hub.py"},
    "onnx": {"exporting"},
    "onnxscript": {"exporting"},
    "onnxruntime": {"exporting", "inference/graphs.py"},
    "matplotlib": {"figures/canvas.py"},
    "fastapi": {"serving"},
    "starlette": {"serving"},
    "pydantic": {"serving"},
    "prometheus_client": {"serving"},
    "uvicorn": {"serving"},
    "jsonargparse": {"training"},
    "yaml": {"recipes.py"},
}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def allowed(importer: str, imported: str) -> bool:
    if importer == imported or (importer, imported) in SIBLINGS:
        return True
    level = {name: number for number, names in enumerate(LEVELS) for name in names}
    assert importer in level, f"captioner/{importer} is no room of the house: add it to LEVELS or move it"
    return level[imported] < level[importer]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers_import_downwards_and_libraries_by_their_door(path):
    names = imports(path)
    for name in names:
        parts = name.split(".")
        if parts[0] == "captioner" and len(parts) > 1 and room(path) != "__init__":
            rooms = {name for names in LEVELS for name in names}
            assert parts[1] not in rooms or allowed(room(path), parts[1]), f"{room(path)} must not import {name}"
        if parts[0] in DOORS:
            relative = str(path.relative_to(PACKAGE))
            assert {relative, room(path)} & DOORS[parts[0]], f"{relative} must not import {parts[0]}"


def test_the_check_itself_refuses_an_upward_import():
    assert not allowed("nn", "training")
    assert not allowed("data", "nn")
    assert allowed("training", "nn")
