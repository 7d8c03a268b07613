"""A bundle comes back as it was, needs nothing else, and says in a sentence what is wrong with it."""

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import captioner
from captioner.files import read_tensors, write_tensors
from captioner.images import ImageSpec
from captioner.models.bundle import Bundle, load_bundle, save_bundle
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.vocabulary import Vocabulary
from tests import two_heads
from tests.paths import FIXTURES

PHOTO = FIXTURES / "images/test_000000.png"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("saved") / "bundle", answers=False)


@pytest.fixture
def folder(saved, tmp_path):
    """A copy that a test may spoil."""
    return Path(shutil.copytree(saved, tmp_path / "bundle"))


@pytest.mark.parametrize("tied", [True, False])
def test_the_round_trip_gives_equal_captions(tied, tmp_path):
    settings = NetworkSettings(
        EncoderSettings("resnet18", "none", side=2),
        CoreSettings(cell="lstm", embedding=8, state=8, layers=2),
        tied=tied,
    )
    vocabulary = Vocabulary.build(["개가 달린다", "a dog runs"], min_count=1)
    image = ImageSpec(size=64, resize="pad", interpolation="bicubic", mean=(0.1, 0.2, 0.3))
    made = Bundle(
        settings, Network(settings, vocabulary=len(vocabulary)).eval(), vocabulary, image, {"scores": {"a": 1}}
    )
    save_bundle(tmp_path / "bundle", made)
    opened = load_bundle(tmp_path / "bundle")
    assert (opened.vocabulary, opened.image, opened.about) == (vocabulary, image, {"scores": {"a": 1}})
    assert not opened.network.training
    said = [captioner.Captioner(bundle).caption(PHOTO)[0].captions[0] for bundle in (made, opened)]
    assert said[0].words == said[1].words
    # where weights lie in memory decides in which order some processors add; the last digit of a float32 may differ
    assert said[0].log_probability == pytest.approx(said[1].log_probability, rel=1e-6)
    state = opened.network.state_dict()
    assert not any(tensor.is_meta for tensor in state.values())
    for name, tensor in made.network.state_dict().items():
        assert torch.equal(tensor, state[name]), name


def test_a_tied_matrix_is_written_once_and_stays_one(saved):
    assert "captions.words.weight" not in read_tensors(saved / "model.safetensors")
    network = load_bundle(saved).network
    assert network.captions is not None
    assert network.captions.words.weight is network.words.weight


def test_it_is_complete_and_holds_nothing_that_could_run(saved, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("torch.hub.load_state_dict_from_url", refuse)
    monkeypatch.setattr("torch.load", refuse)
    assert captioner.load(saved).caption(PHOTO)[0].text
    assert {path.name for path in saved.iterdir()} == {
        "config.json",
        "encoder.json",
        "model.safetensors",
        "vocab.json",
    }


def test_a_bundle_that_cannot_be_replaced_stays_as_it_was(folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    bundle, before = load_bundle(folder), {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr("captioner.models.bundle.write_tensors", full)
    with pytest.raises(OSError, match="no space"):
        save_bundle(folder, bundle)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


def change(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


def network(folder: Path, part: str, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["network"][part] |= values
    (folder / "config.json").write_text(json.dumps(config))


def test_missing_folders_and_files(folder, tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"nowhere is no bundle: there is no such folder; give the bundle/ folder"
    ):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"vocab.json is no bundle: it is a file; give the bundle/ folder"):
        load_bundle(folder / "vocab.json")
    run = re.escape(str(tmp_path))
    with pytest.raises(FileNotFoundError, match=rf"{run} is no bundle: .* missing; did you mean {run}/bundle\?"):
        load_bundle(tmp_path)
    (folder / "vocab.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"bundle is no bundle: vocab.json missing$"):
        load_bundle(folder)


def test_a_vocabulary_of_another_run(folder):
    Vocabulary.build(["a dog"], min_count=1).save(folder / "vocab.json")
    with pytest.raises(ValueError, match=r"vocab.json has 6 words but the embedding has 14 rows; was the bundle mixed"):
        load_bundle(folder)


def test_a_newer_format(folder):
    change(folder, format=2)
    with pytest.raises(ValueError, match=r"bundle has bundle format 2, this captioner reads 1; upgrade captioner"):
        load_bundle(folder)


@pytest.mark.parametrize("text", ["[1, 2", '{"format": 1}', "[]"])
def test_damaged_settings(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config.json (is not JSON: .* line 1|lacks format, heads, network or image)"):
        load_bundle(folder)


@pytest.mark.parametrize("values", [{"network": 3}, {"network": {}}, {"image": None}, {"image": {"size": 0}}])
def test_settings_of_the_wrong_kind(folder, values):
    change(folder, **values)
    with pytest.raises(ValueError, match=r"config.json cannot be used: "):
        load_bundle(folder)


def test_unknown_names_of_settings(folder):
    network(folder, "core", memory=3)
    with pytest.raises(ValueError, match=r"config.json cannot be used: .* fit this version .*'memory'"):
        load_bundle(folder)


@pytest.mark.parametrize(("part", "values"), [("core", {"cell": "lstn"}), ("encoder", {"name": "resnet5"})])
def test_unknown_values_of_settings(folder, part, values):
    (folder / "encoder.json").unlink()  # with which the encoder's name is but a name
    network(folder, part, **values)
    with pytest.raises(ValueError, match=next(iter(values.values()))):
        load_bundle(folder)


def test_damaged_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"model.safetensors cannot be read as weights: "):
        load_bundle(folder)


def test_weights_that_do_not_fit(folder):
    state = read_tensors(folder / "model.safetensors")
    write_tensors(
        folder / "model.safetensors", {name: value for name, value in state.items() if name != "core.start.bias"}
    )
    with pytest.raises(ValueError, match=r'model.safetensors does not fit config.json: .*"core.start.bias"'):
        load_bundle(folder)


@pytest.fixture(scope="module")
def of_torchvision(tmp_path_factory):
    """A bundle whose encoder torchvision made."""
    folder = tmp_path_factory.mktemp("saved") / "bundle"
    settings = NetworkSettings(EncoderSettings("resnet18", "none"), CoreSettings(embedding=8, state=8, grid=8, width=8))
    vocabulary = Vocabulary.build(["a dog runs"], min_count=1)
    save_bundle(folder, Bundle(settings, Network(settings, vocabulary=len(vocabulary)), vocabulary, ImageSpec(64)))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("which", ["saved", "of_torchvision"])
def test_a_bundle_is_used_without_torchvision_and_without_torchs_compiler(which, request):
    """Either takes longer to import than such a bundle to open and to use; and opening one moves no chance."""
    code = f"""
import sys, captioner, torch
before = torch.get_rng_state()
print(captioner.load({str(request.getfixturevalue(which))!r}).caption({str(PHOTO)!r})[0].text)
assert torch.equal(before, torch.get_rng_state())
print(sorted({{"torch._dynamo", "sympy", "torchvision"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert not done.stderr


def test_a_bundle_without_a_blueprint_is_built_by_torchvision(of_torchvision, tmp_path):
    old = Path(shutil.copytree(of_torchvision, tmp_path / "old"))
    (old / "encoder.json").unlink()
    said = [captioner.load(folder).caption(PHOTO)[0].captions[0].log_probability for folder in (of_torchvision, old)]
    assert said[0] == pytest.approx(said[1], abs=1e-6)


def test_a_malformed_blueprint(folder):
    (folder / "encoder.json").write_text('{"stem": []}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"encoder.json cannot be used: the encoder's description is malformed"):
        load_bundle(folder)


def test_everybody_may_read_what_was_saved(saved):
    """As far as the umask lets them: one person trains, others caption."""
    modes = {path.name: path.stat().st_mode & 0o777 for path in saved.iterdir()}
    assert len(set(modes.values())) == 1, modes
