"""The house's rules, read from the source: layers import downwards only, and each heavy library has one door."""

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "captioner"
# A room may import rooms of the levels before its own, and itself; siblings of one level do not see each other,
# but for the pairs in SIBLINGS.
LEVELS = [
    {"disk"},
    {"files", "ranges", "choosing", "machine"},
    {"text", "images", "photos", "recipes"},
    {"nn", "decoding", "data", "scoring"},
    {"models", "box"},
    {"inference", "evaluation", "figures", "recurrence"},
    {"training", "folders", "cluster"},
    {"demo"},
    {"serving", "cli"},
]
SIBLINGS = {
    ("inference", "figures"),
    ("evaluation", "inference"),
    ("cli", "serving"),
}
# The same within rooms: what stands in a room itself is one of its levels, under its own name.
INNER = {
    "nn": [{"encoder", "core"}, {"heads"}, {"nn"}],
    "data": [{"read", "scenes"}, {"feed", "questions"}],
    "scoring": [{"scoring"}, {"captions", "answers"}, {"results"}],
    "models": [{"models"}, {"export"}, {"encoding"}],
    "inference": [{"engines"}, {"inference"}, {"judging"}],
    "training": [{"overruled", "seed"}, {"data"}, {"tasks"}, {"run"}, {"training"}],
    "folders": [{"writing", "finding", "pages"}],
    "cluster": [{"places"}, {"sources"}, {"cluster"}],
    "serving": [{"work"}, {"web"}],
    "cli": [{"console", "files", "progress", "decoding", "model", "photos"}, {"use", "measure"}, {"make"}, {"main"}],
}
# library: the only places (files or rooms) that may import it
DOORS = {
    "pytorch_lightning": {"training"},
    "defusedxml": {"data/read/flickr30k/entity_files.py", "folders/writing/xml.py"},
    "av": {"photos/clips/video.py"},
    "pillow_heif": {"photos/heif.py"},
    "pyarrow": {"cluster", "folders/writing/tables.py"},
    "ray": {"cluster/run.py", "cluster/reading.py"},
    "pycocotools": {"data/read/records.py", "data/read/instances.py"},
    "pycocoevalcap": {"scoring"},
    "nltk": {"text", "scoring"},
    "spacy": {"data/questions/parsing.py"},
    "safetensors": {"files.py"},
    "timm": {"nn/encoder/timm.py"},
    "huggingface_hub": {"models/hub.py"},
    "onnx": {"models/export"},
    "onnxscript": {"models/export"},
    "onnxruntime": {"models/export", "models/encoding", "models/sessions.py", "inference/engines/session.py"},
    "matplotlib": {"figures/canvas.py"},
    "fastapi": {"serving"},
    "starlette": {"serving"},
    "pydantic": {"serving"},
    "prometheus_client": {"serving"},
    "uvicorn": {"serving"},
    "jsonargparse": {"training"},
    "yaml": {"recipes.py"},
    "tokenizers": {"text/subwords.py"},
    "sacrebleu": {"scoring/translations.py"},
    "litdata": {"data/feed/packs", "cluster/sources/chunks.py"},
}
SOURCES = sorted(PACKAGE.rglob("*.py"))
FULLEST = 13


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def inner(outer: str, parts: Sequence[str]) -> str:
    """The room within a room where a module stands, by its name's parts behind the outer room's."""
    known = {name for names in INNER[outer] for name in names}
    return parts[0] if parts and parts[0] in known else outer


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
    return downwards(LEVELS, importer, imported)


def downwards(levels: Sequence[set[str]], importer: str, imported: str) -> bool:
    level = {name: number for number, names in enumerate(levels) for name in names}
    assert importer in level, f"{importer} is no room of the house: add it to its levels or move it"
    return importer == imported or level[imported] < level[importer]


def modules(path: Path) -> set[str]:
    """What is imported, as names of modules and rooms; names within a module are left out."""
    found = set()
    for name in imports(path):
        place = PACKAGE.parent.joinpath(*name.split("."))
        if place.is_dir() or place.with_suffix(".py").is_file():
            found.add(name)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers_import_downwards_and_libraries_by_their_door(path):
    for name in modules(path):
        parts = name.split(".")[1:]
        if parts and room(path) != "__init__":
            assert allowed(room(path), parts[0]), f"{room(path)} must not import {name}"
    for name in imports(path):
        library = name.split(".")[0]
        if library in DOORS:
            relative = str(path.relative_to(PACKAGE))
            assert any(relative.startswith(door) for door in DOORS[library]), f"{relative} must not import {library}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_within_a_room_import_downwards_too(path):
    outer, mine = room(path), path.relative_to(PACKAGE).with_suffix("").parts[1:]
    if outer not in INNER or mine == ("__init__",):
        return
    for name in modules(path):
        parts = name.split(".")[1:]
        if len(parts) > 1 and parts[0] == outer:
            other = inner(outer, parts[1:])
            assert downwards(INNER[outer], inner(outer, mine), other), f"{'/'.join(mine)} must not import {name}"


def test_no_folder_is_too_full_to_be_read():
    for folder in {path.parent for path in SOURCES}:
        count = sum(path.is_file() for path in folder.iterdir())
        assert count <= FULLEST, f"{folder.relative_to(PACKAGE.parent)} holds {count} files; give them rooms"


def test_every_folder_says_what_enters_and_what_leaves():
    for folder in {path.parent for path in SOURCES}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))), folder


def test_the_check_itself_refuses_an_upward_import():
    assert not allowed("nn", "training")
    assert not allowed("data", "nn")
    assert allowed("training", "nn")
    assert not downwards(INNER["nn"], "core", "heads")
    assert downwards(INNER["nn"], "nn", "core")
