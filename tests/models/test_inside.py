"""A bundle's files are its own, and its numbers and names are checked when it is opened."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

import captioner
from captioner.files import read_tensors, write_tensors
from captioner.images import ImageSpec
from captioner.inference.engines.graph_fit import check_fit
from captioner.models.bundle import load_bundle
from captioner.models.exported import Exported
from captioner.models.inside import inside, unshared
from tests import two_heads


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("saved") / "bundle")


@pytest.fixture
def folder(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "bundle"))


@pytest.mark.parametrize("name", ["config.json", "vocab.json", "answers.json", "encoder.json", "model.safetensors"])
def test_links_out_pipes_and_folders_are_refused(name, folder, tmp_path):
    moved = shutil.move(folder / name, tmp_path / name)
    (folder / name).symlink_to(moved)
    with pytest.raises(ValueError, match=rf"{name} is a link to a file outside of the bundle"):
        load_bundle(folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ValueError, match=rf"{name} is no regular file"):
        load_bundle(folder)


def test_the_hubs_own_links_are_followed(folder, tmp_path):
    commit = tmp_path / "models--somebody--dogs" / "snapshots" / "abc"
    blobs = tmp_path / "models--somebody--dogs" / "blobs"
    commit.mkdir(parents=True)
    blobs.mkdir()
    for path in folder.iterdir():
        shutil.move(path, blobs / path.name)
        (commit / path.name).symlink_to(Path("../../blobs") / path.name)
    assert load_bundle(commit).heads == ["captions", "answers"]


def test_a_hard_link_is_not_shown_and_a_circle_leads_nowhere(folder, tmp_path):
    (tmp_path / "secret").write_text("secret")
    os.link(tmp_path / "secret", folder / "README.md")
    with pytest.raises(ValueError, match=r"README.md is a hard link, whose text may be any other file's"):
        unshared(folder, "README.md", at_most=100)
    (folder / "round").symlink_to("round")
    with pytest.raises(ValueError, match="is a link that leads nowhere"):
        inside(folder, "round")
    with pytest.raises(ValueError, match="has 6 bytes, and at most 5 are read"):
        inside(folder, "README.md", at_most=5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(value, folder):
    state = read_tensors(folder / "model.safetensors")
    state["words.weight"][5, 3] = value
    write_tensors(folder / "model.safetensors", state)
    with pytest.raises(
        ValueError, match=r"weights that are no finite numbers, in 'words.weight'; did training diverge"
    ):
        load_bundle(folder)


def test_weights_that_overflow_say_nothing(folder):
    state = read_tensors(folder / "model.safetensors")
    state["core.project.weight"].fill_(3e38)
    write_tensors(folder / "model.safetensors", state)
    with pytest.raises(ValueError, match="the network's numbers overflow"):
        captioner.load(folder).caption(Image.new("RGB", (32, 32), "red"))


def test_half_precision_is_read_and_other_kinds_are_not(folder):
    state = read_tensors(folder / "model.safetensors")
    write_tensors(folder / "model.safetensors", {name: weight.bfloat16() for name, weight in state.items()})
    assert {weight.dtype for weight in load_bundle(folder).network.parameters()} == {torch.float32}
    write_tensors(folder / "model.safetensors", {name: weight.double() for name, weight in state.items()})
    with pytest.raises(ValueError, match="in float64, but weights are float32"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("part", "values"),
    [("core", {"state": "9"}), ("core", {"layers": 10**9}), ("core", {"gate": 1.5}), ("encoder", {"side": -1})],
)
def test_settings_have_types_and_bounds(part, values, folder):
    config = json.loads((folder / "config.json").read_text())
    config["network"][part] |= values
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=rf"config.json cannot be used: {next(iter(values))} is .*, which is no value"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["config.json", "vocab.json", "encoder.json"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [("[" * 100_000, "nested too deep"), ('{"a": ' + "9" * 9000 + "}", "a number of more digits")],
)
def test_json_without_end(name, text, reason, folder):
    (folder / name).write_text(text)
    with pytest.raises(ValueError, match=reason):
        load_bundle(folder)


def test_words_hold_nothing_that_moves_a_cursor(folder):
    content = json.loads((folder / "vocab.json").read_text())
    content["tokens"][5] = "\x1b[2J"
    (folder / "vocab.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"no text can hold the token '\\x1b\[2J'"):
        load_bundle(folder)


class Stated:
    """A graph's names and shapes, as onnxruntime gives them."""

    def __init__(self, takes, makes):
        self.shapes, self.made = takes, makes
        self.types = {name: "tensor(int64)" if name == "words" else "tensor(float)" for name in (*takes, *makes)}


def test_graphs_that_do_not_fit_the_words_or_each_other():
    words = len(two_heads.VOCABULARY)
    exported = Exported(Path("x"), ["captions"], two_heads.VOCABULARY, ImageSpec(32), {})
    takes = {"words": ["b", "k"], "hidden": [1, "b", "k", 9], "grid": ["b", 16, 10]}
    makes = {"next_hidden": [1, "b", "k", 9], "logits": ["b", "k", words]}
    encoder = Stated({"pixels": ["b", 3, 32, 32]}, {"grid": ["b", 16, 10], "hidden": [1, "b", 9]})
    check_fit(exported, Stated(takes, makes), encoder, None)
    for size, state in ((words + 50, 9), (None, 9), (words, 8)):
        changed = {"logits": ["b", "k", size], "next_hidden": [1, "b", "k", state]}
        with pytest.raises(ValueError, match=r"x/step.onnx has (logits|next_hidden) of .*; were two exports mixed\?$"):
            check_fit(exported, Stated(takes, makes | changed), encoder, None)
    smaller = Stated({"pixels": ["b", 3, 64, 64]}, encoder.made)
    with pytest.raises(ValueError, match=r"x/encoder.onnx has pixels of .* need tensor\(float\) \[b, 3, 32, 32\]"):
        check_fit(exported, Stated(takes, makes), smaller, None)
    renamed = Stated({"pix": ["b", 3, 32, 32]}, encoder.made)
    with pytest.raises(
        ValueError, match=r"x/encoder.onnx takes 'pix' and makes 'grid, hidden', but must take 'pixels'"
    ):
        check_fit(exported, Stated(takes, makes), renamed, None)
