"""A wheel is built, installed beside the libraries that are there, and captions a picture from another folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

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
def test_an_exported_model_runs_in_an_environment_without_torch(wheel, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    pip = tmp_path / "venv/bin/python", "-m", "pip", "install", "-q"
    run(*pip, "numpy", "pillow", "onnxruntime", cwd=tmp_path)
    run(*pip, "--no-deps", "--no-index", wheel, cwd=tmp_path)
    bundle = two_heads.save(tmp_path / "bundle")
    export(load_bundle(bundle), tmp_path / "out")
    said = run(tmp_path / "venv/bin/captioner", "caption", "--model", tmp_path / "out", PHOTO, cwd=tmp_path)
    assert said == f"{PHOTO}\t{captioner.load(bundle).caption(PHOTO)[0].text}\n"
    told = run(
        tmp_path / "venv/bin/captioner", "ask", "--model", tmp_path / "out", PHOTO, "what is there", cwd=tmp_path
    )
    assert told.strip() == captioner.load(bundle).ask(PHOTO, "what is there").text
