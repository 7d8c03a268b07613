"""Opening what was exported: what is missing or odd is one sentence; no torch is imported."""

import json
import re
import sys

import pytest

from captioner.images import ImageSpec
from captioner.models.exported import is_exported, open_exported
from tests import two_heads

CONFIG = {"format": 1, "heads": ["captions", "answers"], "image": ImageSpec(size=32).to_dict(), "about": {"epoch": 3}}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "exported.json").write_text(json.dumps(CONFIG))
    two_heads.VOCABULARY.save(tmp_path / "vocab.json")
    two_heads.ANSWERS.save(tmp_path / "answers.json")
    for name in ("encoder", "step", "answers"):
        (tmp_path / f"{name}.onnx").write_bytes(b"")
    return tmp_path


def test_a_folder_is_opened(folder):
    assert is_exported(folder)
    opened = open_exported(folder)
    assert opened.heads == ["captions", "answers"]
    assert opened.vocabulary == two_heads.VOCABULARY
    assert opened.answers == two_heads.ANSWERS
    assert opened.image == ImageSpec(size=32)
    assert opened.about == {"epoch": 3}
    assert not is_exported(folder / "nowhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "has export format 2 and heads ['captions', 'answers'], this captioner reads format 1 and"),
        (
            {"heads": ["songs"]},
            "has export format 1 and heads ['songs'], this captioner reads format 1 and captions, answers, text,"
            " translation;",
        ),
        ({"image": {"size": 32}}, "exported.json cannot be used: an image spec has the values interpolation, mean,"),
        ({"image": 3}, "exported.json cannot be used: "),
    ],
)
def test_a_config_that_does_not_fit(folder, change, message):
    (folder / "exported.json").write_text(json.dumps(CONFIG | change))
    with pytest.raises(ValueError, match=re.escape(message)):
        open_exported(folder)


def test_a_language_model_has_no_encoder(folder):
    (folder / "exported.json").write_text(json.dumps(CONFIG | {"heads": ["text"], "image": None}))
    (folder / "encoder.onnx").unlink()
    (folder / "answers.onnx").unlink()
    opened = open_exported(folder)
    assert (opened.heads, opened.transform, opened.answers) == (["text"], None, None)


def test_a_config_of_something_else(folder):
    (folder / "exported.json").write_text("{}")
    with pytest.raises(ValueError, match=r"lacks format, heads or image; was it made by `captioner export`\?$"):
        open_exported(folder)


@pytest.mark.parametrize("name", ["encoder.onnx", "step.onnx", "answers.onnx"])
def test_a_graph_that_is_missing(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=rf"is incomplete: {re.escape(name)} missing; export it again$"):
        open_exported(folder)


def test_without_onnxruntime_it_is_said_what_to_install(folder, monkeypatch):
    from captioner.inference.engines.graphs import GraphEngine

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ValueError, match=r"^an exported model is run by onnxruntime: pip install onnxruntime$"):
        GraphEngine(open_exported(folder))
