"""`captioner caption`: whatever names photos, whatever is printed, and broken ones among them."""

import io
import json
import shutil
import zlib
from pathlib import Path

import pytest

from captioner.cli.main import main
from tests import two_heads
from tests.paths import FIXTURES

IMAGES = FIXTURES / "images"
NAMES = sorted(path.name for path in IMAGES.iterdir())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def caption(bundle, tmp_path, monkeypatch, capsys):
    """Runs the verb in a folder with the photos; gives its code, its lines and what it complained about."""
    shutil.copytree(IMAGES, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, list[str], str]:
        code = main(["caption", "--model", str(bundle), *map(str, arguments)])
        out, error = capsys.readouterr()
        return code, out.splitlines(), error

    return run


@pytest.mark.parametrize("named", ["photos", "photos/*.png", "**/*.png"])
def test_folders_and_patterns(caption, named):
    code, lines, error = caption(named)
    assert (code, error) == (0, "")
    assert [line.split("\t")[0] for line in lines] == [f"photos/{name}" for name in NAMES]
    assert all(line.split("\t")[1] for line in lines)


def test_files_and_a_list_on_standard_input_in_the_order_given(caption, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"photos/{NAMES[0]}\n\nphotos/{NAMES[1]}\n"))
    code, lines, _ = caption(f"photos/{NAMES[2]}", "-")
    assert code == 0
    assert [line.split("\t")[0] for line in lines] == [f"photos/{NAMES[number]}" for number in (2, 0, 1)]


def test_json_lines_hold_scores_and_all_captions(caption):
    code, lines, _ = caption(f"photos/{NAMES[0]}", "--json", "--n-best=2")
    (entry,) = map(json.loads, lines)
    assert code == 0
    assert entry["photo"] == f"photos/{NAMES[0]}"
    assert len(entry["n_best"]) == 2
    assert entry["n_best"][0] == {name: value for name, value in entry.items() if name not in ("photo", "n_best")}
    assert {"caption", "score", "log_probability", "log_probability_per_word", "doubt", "right"} <= entry.keys()
    assert entry["n_best"][0]["score"] >= entry["n_best"][1]["score"]


def test_several_captions_are_several_lines(caption):
    _, lines, _ = caption(f"photos/{NAMES[0]}", "--n-best=3")
    assert len({line.split("\t")[1] for line in lines}) == 3


def test_a_broken_photo_is_reported_and_the_rest_is_done(caption):
    Path("photos/a_broken.png").write_text("no photo")
    code, lines, error = caption("photos", "missing.jpg", "--batch=2")
    assert code == 1
    assert [line.split("\t")[0] for line in lines] == [f"photos/{name}" for name in NAMES]
    first, second = error.splitlines()
    assert first.startswith("captioner caption: photos/a_broken.png is not a photo that can be read")
    assert second == "captioner caption: missing.jpg: no such photo"


def test_samples_repeat_with_their_seed_in_any_batch(caption):
    outcomes = [
        caption("photos", "--method=sample", f"--seed={s}", f"--batch={b}")[1] for s, b in ((1, 1), (1, 5), (2, 5))
    ]
    assert outcomes[0] == outcomes[1] != outcomes[2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["photos", "--beam=0"], "beam is 0, but must be a whole number from 1 to 1,000"),
        (["photos", "--batch=0"], "batch is 0, but at least 1 photo must be read at once"),
        (["photos", "--device=abacus"], "device 'abacus' cannot be used here"),
        (["photos", "--device=meta"], "device 'meta' cannot be used here (it holds no numbers); take cpu"),
        (["*.tiff"], "*.tiff: no photo found there"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_code_2(caption, arguments, sentence):
    code, lines, error = caption(*arguments)
    assert (code, lines) == (2, [])
    assert error.startswith(f"captioner caption: {sentence}")
    assert error.count("\n") == 1


def test_a_bundle_that_is_not_there(capsys):
    assert main(["caption", "--model", "nowhere", "x.png"]) == 2
    assert capsys.readouterr().err.startswith("captioner caption: nowhere is no bundle: there is no such folder")


def test_a_photo_of_too_many_pixels_is_one_sentence_until_more_are_allowed(caption):
    code, lines, error = caption("photos", "--max-pixels", 100)
    assert (code, lines) == (1, [])
    assert "photos" in error
    assert "pixels, more than the 0.0001 megapixels allowed; make it smaller, or allow more with --max-pixels" in error
    assert caption("photos", "--max-pixels", "1e6")[0] == 0


def test_one_photo_with_odd_metadata_stops_nobody(caption):
    data = Path("photos", NAMES[0]).read_bytes()
    exif = b"II*\0\x08\0\0\0\1\0\x1a\1\x0a\0\1\0\0\0\x1a\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0"
    chunk = len(exif).to_bytes(4) + b"eXIf" + exif + zlib.crc32(b"eXIf" + exif).to_bytes(4)
    Path("photos", NAMES[0]).write_bytes(data[:33] + chunk + data[33:])
    code, lines, error = caption("photos")
    assert (code, len(lines), error) == (0, len(NAMES), "")
