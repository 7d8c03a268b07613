"""A bundle goes to the hub and comes back, over HTTP; nothing but tensors, graphs and JSON is fetched."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

import captioner
from captioner.cli.main import main
from captioner.models.bundle import load_bundle
from captioner.models.hub import local, name_of, push
from captioner.serving.web.app import create_app
from captioner.serving.work.settings import Limits
from tests import stand_in_hub, two_heads

NAME = "somebody/a-model"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = two_heads.save(tmp_path_factory.mktemp("two") / "bundle")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n\n# A model\n")
    (folder / "evil.py").write_text("raise SystemExit")
    return folder


@pytest.fixture
def hub(tmp_path, monkeypatch):
    from huggingface_hub import constants

    with stand_in_hub.running() as running:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, running.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_TOKEN", stand_in_hub.TOKEN)
        yield running


def test_what_was_pushed_comes_back(bundle, hub, capsys):
    assert main(["push", str(bundle), NAME, "--private"]) == 0
    assert capsys.readouterr().out == f"{hub.address}/{NAME}/commit/{stand_in_hub.COMMIT}\nhf://{NAME}\n"
    files = hub.models[NAME]
    assert hub.private == {NAME}
    assert sorted(files) == [
        "README.md",
        "answers.json",
        "config.json",
        "encoder.json",
        "model.safetensors",
        "vocab.json",
    ]
    assert all(files[name] == (bundle / name).read_bytes() for name in files)
    photo = Image.new("RGB", (40, 30), "red")
    assert captioner.load(f"hf://{NAME}").caption(photo)[0].text == captioner.load(bundle).caption(photo)[0].text
    assert main(["push", str(bundle), f"hf://{NAME}"]) == 0  # a second time


def test_the_graphs_of_a_bundle_go_with_it(bundle, hub, tmp_path):
    folder = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    (folder / "onnx").mkdir()
    (folder / "onnx/step.onnx").write_bytes(b"a graph")
    push(folder, NAME)
    assert (local(f"hf://{NAME}") / "onnx/step.onnx").read_bytes() == b"a graph"


def test_what_a_killed_export_left_is_not_pushed(bundle, hub, tmp_path):
    folder = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    for name in (".onnx.unfinished", "notes"):
        (folder / name).mkdir()
        (folder / name / "step.onnx").write_bytes(b"half a graph")
    (folder / ".config.json.unfinished").touch()
    push(folder, NAME)
    assert set(hub.models[NAME]) == {path.name for path in bundle.iterdir()} - {"evil.py"}
    assert not [path.name for path in folder.iterdir() if path.name.endswith(".unfinished")]


def test_only_tensors_and_json_are_fetched(bundle, hub):
    hub.models[NAME] = {path.name: path.read_bytes() for path in bundle.iterdir()} | {"model.bin": b"pickle"}
    folder = local(f"hf://{NAME}")
    names = {"answers.json", "config.json", "encoder.json", "model.safetensors", "vocab.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert not any("model.bin" in line or ".py" in line for line in hub.asked)


def test_the_hub_is_where_the_environment_says(bundle, hub, tmp_path):
    hub.models[NAME] = {path.name: path.read_bytes() for path in bundle.iterdir()}
    code = f"from captioner.models.hub import local; print(local('hf://{NAME}'))"
    settings = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")}
    found = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | settings, check=True, capture_output=True, text=True
    )
    assert (Path(found.stdout.strip()) / "config.json").read_bytes() == (bundle / "config.json").read_bytes()
    assert tmp_path in Path(found.stdout).parents


def test_every_verb_takes_an_address(bundle, hub, tmp_path, capsys):
    hub.models[NAME] = {path.name: path.read_bytes() for path in bundle.iterdir()}
    photo = tmp_path / "photo.png"
    Image.new("RGB", (40, 30), "red").save(photo)
    address = f"hf://{NAME}"
    assert main(["caption", "--model", address, str(photo)]) == 0
    assert main(["ask", "--model", address, str(photo), "what is there?"]) == 0
    assert main(["attend", "--model", address, str(photo), "--out", str(tmp_path / "page.html")]) == 0
    assert load_bundle(Path(address)).heads == ["captions", "answers"]  # as the trainer's start_from does


def test_the_service_shows_the_name_that_it_has_on_the_hub(bundle, hub):
    assert main(["push", str(bundle), NAME]) == 0
    address = f"hf://{NAME}"
    app = create_app(captioner.load(address), Limits(), folder=local(address))
    with TestClient(app, "http://localhost") as client:
        assert client.get("/v1/model").json()["name"] == NAME
    assert name_of(bundle) is None


def test_a_folder_is_itself():
    assert local("runs/bundle") == local(Path("runs/bundle")) == Path("runs/bundle")


@pytest.mark.parametrize("name", ["hf://", "hf://alone", "hf://a/b/c", "hf://a b/c"])
def test_an_address_that_names_no_model(name, capsys):
    assert main(["caption", "--model", name, "photo.png"]) == 2
    assert "is no model of the hub; give user/name, for example hf://somebody/flickr8k" in capsys.readouterr().err


def test_a_model_that_is_not_there(hub):
    message = "hf://somebody/a-model: the hub has no such model, or does not show it to you; `hf auth login` logs in"
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        local(f"hf://{NAME}")


def test_a_hub_that_cannot_be_reached(hub):
    hub.shutdown()
    hub.server_close()
    with pytest.raises(OSError, match=rf"^hf://{NAME}: the hub cannot be reached \(.*\)$"):
        local(f"hf://{NAME}")


def test_a_push_without_a_login(bundle, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "another")
    with pytest.raises(OSError, match=rf"^hf://{NAME}: the hub refuses \(Invalid username or password.*\)$"):
        push(bundle, NAME)


def test_a_bundle_without_a_card(tmp_path):
    folder = two_heads.save(tmp_path / "bundle")
    with pytest.raises(
        ValueError, match=r"has no README.md, the model card that the trainer writes; write one to share"
    ):
        push(folder, NAME)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ValueError, match=r"^the hub needs huggingface_hub: pip install 'captioner\[hub\]'$"):
        local(f"hf://{NAME}")
