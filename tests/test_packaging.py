"""A wheel is built, installed beside the libraries that are there, and captions a picture from another folder."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

import captioner
from captioner.models.bundle import load_bundle
from captioner.models.export.folder import export
from tests import two_heads
from tests.paths import FIXTURES, ROOT

PHOTO = FIXTURES / "images/test_000000.png"


def run(*command: object, cwd: Path) -> str:
    """Gives what a command printed; PYTHONPATH would let the checkout shine through."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a source archive, as a package index would."""
    pytest.importorskip("build", reason="needs `build`, a development extra")
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.mark.slow
def test_the_wheel_holds_the_package_its_recipes_and_its_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "captioner/py.typed",
        "captioner/figures/page/page.css",
        "captioner/serving/web/page/index.html",
        "captioner/configs/scenes.yaml",
        "captioner/box/photos/coffee.jpg",
        "captioner/box/photos/LICENSES.txt",
        "captioner/box/LICENSE-APACHE-2.0.txt",
    ):
        assert needed in names
    assert any(name.endswith("LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "data", "scripts"))]


@pytest.mark.slow
def test_an_installed_wheel_captions_a_picture(wheel, tmp_path):
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    # the libraries of this environment, but not its .pth files, one of which leads to the checkout
    libraries = run(
        sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path
    ).strip()
    (Path(packages) / "libraries.pth").write_text(libraries)
    where = run(python, "-c", "import captioner; print(captioner.__file__)", cwd=tmp_path).strip()
    assert where.startswith(packages)
    bundle = two_heads.save(tmp_path / "bundle")
    said = run(tmp_path / "venv/bin/captioner", "caption", "--model", bundle, PHOTO, cwd=tmp_path)
    path, text = said.rstrip("\n").split("\t")
    assert path == str(PHOTO)
    assert text


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_every_use_of_the_box_runs_in_an_environment_without_torch(wheel, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    command, python = tmp_path / "venv/bin/captioner", tmp_path / "venv/bin/python"
    needed = re.search(r"^pip install (numpy .*)$", (ROOT / "docs/box.md").read_text(), re.M)
    assert needed is not None
    run(python, "-m", "pip", "install", "-q", *needed[1].replace("'", "").split(), cwd=tmp_path)
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    lies = "import captioner.box; print(captioner.box.FOLDER)"
    place = Path(run(python, "-c", lies, cwd=tmp_path).strip())
    answering = tmp_path / "model"
    export(load_bundle(two_heads.save(tmp_path / "bundle")), answering, bits=8)
    if not place.exists():  # a checkout without the model: any stands in
        shutil.copytree(answering, place)
    model = captioner.load(place)
    assert run(command, "caption", PHOTO, cwd=tmp_path) == f"{PHOTO}\t{model.caption(PHOTO)[0].text}\n"
    asked = run(command, "ask", PHOTO, "what is there", "--model", answering, cwd=tmp_path)
    assert asked.strip() == captioner.load(answering).ask(PHOTO, "what is there").text
    for ending in ("png", "gif", "html"):
        run(command, "attend", PHOTO, "--out", f"look.{ending}", cwd=tmp_path)
        assert (tmp_path / f"look.{ending}").is_file()
    run(command, "evaluate", FIXTURES / "captions_val.json", "--attention", "--deletion=1", cwd=tmp_path)
    named = ["--image-names", FIXTURES / "captions_val.json", "--out", "answers", "--model", answering]
    run(command, "evaluate", FIXTURES / "questions_val.json", *named, cwd=tmp_path)
    assert (tmp_path / "answers/scores.json").is_file()
    code = "import captioner, sys; print(captioner.load().caption(sys.argv[1])[0].text, 'torch' in sys.modules)"
    assert run(python, "-c", code, PHOTO, cwd=tmp_path) == f"{model.caption(PHOTO)[0].text} False\n"
    with subprocess.Popen([command, "serve", "--port=0"], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as serving:
        try:
            assert serving.stdout is not None
            told = serving.stdout.readline()
            address = told.split()[-1]
            with urlopen(Request(f"{address}v1/caption", PHOTO.read_bytes())) as reply:
                assert json.load(reply)["caption"] == model.caption(PHOTO)[0].text
        finally:
            serving.terminate()
    assert told.startswith("captioner serves the model in the box at http")
    assert wheel.stat().st_size < 30e6
