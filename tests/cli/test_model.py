import os

import pytest

from captioner import box
from captioner.cli.main import main
from captioner.cli.model import is_model
from tests import two_heads


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return str(two_heads.save(tmp_path_factory.mktemp("model") / "bundle"))


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("caption", [], ["a.jpg"]),
        ("caption", ["--json", "--beam", "2"], ["a.jpg"]),
        ("ask", [], ["a.jpg", "what is it?"]),
        ("attend", [], ["a.jpg"]),
        ("serve", [], []),
        ("evaluate", [], ["captions.json", "--out", "x"]),
        ("write", [], ["--prompt", "a"]),
        ("cells", [], ["--text", "a.txt"]),
        ("gradients", [], []),
    ],
)
def test_who_types_a_model_first_is_told_how_it_is_named_now(bundle, capsys, verb, before, after):
    assert main([verb, *before, bundle, *after]) == 2
    told = f"{bundle} is a model, and a model is named by --model: captioner {verb} --model {bundle} …"
    assert capsys.readouterr().err == f"captioner {verb}: {told}\n"


def test_an_address_is_a_model_and_a_photo_is_none(bundle, tmp_path, capsys):
    assert main(["caption", "hf://somebody/a-model", "a.jpg"]) == 2
    assert "captioner caption --model hf://somebody/a-model …" in capsys.readouterr().err
    assert is_model(bundle)
    for word in (str(tmp_path), "photo.jpg", "-", "what is it? " * 500, "\0"):
        assert not is_model(word)


def test_without_a_model_in_the_box_one_is_to_be_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(box, "FOLDER", tmp_path / "none")
    assert main(["caption", "a.jpg"]) == 2
    told = f"this install of captioner has no model in its box ({tmp_path / 'none'}); name one: --model FOLDER, or"
    assert capsys.readouterr().err.startswith(f"captioner caption: {told} hf://")
    assert main(["caption", "a.jpg", "--with", "other"]) == 2
    assert (
        "--with needs bundles, and the model in the box is none: name the first by --model" in capsys.readouterr().err
    )


def test_threads_are_told_to_whatever_computes(bundle, monkeypatch, capsys):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert main(["caption", "no.jpg", "--model", bundle, "--threads", "3", "--engine", "torch"]) == 1
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert main(["caption", "no.jpg", "--threads", "0"]) == 2
    assert "captioner caption: --threads is 0, but must be a whole number from 1" in capsys.readouterr().err
