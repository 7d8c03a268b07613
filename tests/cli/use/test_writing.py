"""`captioner caption --write`: what is said about a run, and what does not go together."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from captioner.cli.main import main
from tests import two_heads
from tests.paths import FIXTURES

IMAGES = FIXTURES / "images"
NAMES = sorted(path.name for path in IMAGES.iterdir())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("runs") / "mine/bundle")


@pytest.fixture
def caption(bundle, tmp_path, monkeypatch, capsys):
    """Runs the verb in a folder with the photos; gives its code, and what it said on stderr."""
    shutil.copytree(IMAGES, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, list[str]]:
        code = main(["caption", *map(str, arguments), "--model", str(bundle)])
        out, error = capsys.readouterr()
        assert not out
        return code, error.splitlines()

    return run


def test_files_are_written_and_counted_and_a_second_run_has_nothing_to_do(caption, tmp_path):
    code, said = caption("photos", "--write", "txt", "xmp", "csv", "--prefix", "a: ")
    assert code == 0
    (line,) = said
    assert line.startswith(f"{len(NAMES)} of {len(NAMES)} photos captioned in ")
    assert line.endswith("photos/s)")
    assert len(list(tmp_path.glob("photos/*.xmp"))) == len(list(tmp_path.glob("photos/*.txt"))) == len(NAMES)
    assert "<captioner:Model>mine</captioner:Model>" in Path("photos", f"{NAMES[0]}.xmp").read_text()
    text = Path("photos", NAMES[0]).with_suffix(".txt").read_text()
    assert text.startswith("a: ")
    assert Path("photos/captions.csv").read_text().splitlines()[1].startswith(f"{NAMES[0]},{text.strip()},")
    count = len(NAMES)
    assert caption("photos", "--write", "txt", "xmp", "csv", "--prefix", "a: ") == (
        0,
        [f"{count} of {count} photos were done", f"0 of {count} photos captioned"],
    )


def test_a_broken_photo_is_told_of_and_counted(caption):
    Path("photos/a_broken.png").write_text("no photo")
    code, said = caption("photos", "--write", "caption", "--out", "out")
    assert code == 1
    assert said[0].startswith("captioner caption: photos/a_broken.png is not a photo that can be read")
    assert said[1].endswith(", 1 failed")
    assert len(list(Path("out").glob("*.caption"))) == len(NAMES)


def test_only_the_folder_itself(caption):
    Path("photos/sub").mkdir()
    shutil.copy(IMAGES / NAMES[0], "photos/sub")
    code, said = caption("photos", "--write", "txt", "--no-recursive")
    assert (code, said[0].split(" photos")[0]) == (0, f"{len(NAMES)} of {len(NAMES)}")
    assert not list(Path("photos/sub").glob("*.txt"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["photos", "--out", "x"], "--out is for files: add --write and a kind of them (txt, caption, xmp, csv"),
        (["photos", "--done", "append"], "--done is for files"),
        (["photos", "--write", "txt", "--json"], "--json prints lines, and --write writes files"),
        (["photos", "--write", "txt", "--prefix", "a\n"], "--prefix 'a\\n' has a letter that is no text"),
        ([f"photos/{NAMES[0]}", "--write", "txt", "--watch"], f"photos/{NAMES[0]} is no folder, and --watch needs"),
        (["photos", ".", "--write", "csv"], "csv of several folders needs --out"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(caption, arguments, sentence):
    code, (said,) = caption(*arguments)
    assert code == 2
    assert said.startswith(f"captioner caption: {sentence}")


def test_photos_behind_the_kinds_are_one_sentence(caption, capsys):
    with pytest.raises(SystemExit):
        caption("--write", "txt", "photos")
    assert (
        "'photos' is none of txt, caption, xmp, csv, jsonl, parquet; photos stand before --write"
        in capsys.readouterr().err
    )


@pytest.mark.slow
def test_photos_that_arrive_are_captioned_until_ctrl_c(bundle, tmp_path):
    command = [
        sys.executable,
        "-m",
        "captioner.cli.main",
        "caption",
        tmp_path,
        "--write",
        "txt",
        "--watch",
        "--model",
        bundle,
    ]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    ) as run:
        for name in NAMES[:2]:
            shutil.copy(IMAGES / name, tmp_path)
            limit = time.monotonic() + 60
            while not (text := (tmp_path / name).with_suffix(".txt")).exists():
                assert time.monotonic() < limit
                time.sleep(0.1)
            assert text.read_text().strip()
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=20)
    assert run.returncode == 130
    assert said.count("1 of 1 photos captioned") == 2
    assert "Traceback" not in said
