"""`captioner cells`: a search and a page over texts and captions, and texts with pinned units."""

import json
import re
from base64 import b64decode
from pathlib import Path

import pytest

from captioner.cli.main import main
from captioner.data.read.records import read_photos
from captioner.models.bundle import save_bundle
from tests import two_heads
from tests.paths import FIXTURES
from tests.recurrence import language_model


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    save_bundle(folder / "writer", language_model.make())
    two_heads.save(folder / "captioner")
    return folder


@pytest.fixture
def cells(bundles, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("text.py").write_text(10 * language_model.TEXT)

    def run(bundle: str, *arguments: object) -> tuple[int, str, str]:
        return main(["cells", "--model", str(bundles / bundle), *map(str, arguments)]), *capsys.readouterr()

    return run


def test_a_text_is_searched_and_shown(cells):
    code, out, error = cells("writer", "--text=text.py", "--property=is x=x", "--top=2", "--show=60")
    assert (code, error) == (0, "")
    assert out.startswith("480 tokens, 12 units, c; AUC on the first half, and on the second\n\ninside quotes (")
    assert len(re.findall(r"^  [12]:\d +[01]\.\d{3}  [01]\.\d{3} ", out, re.M)) == 2 * 5  # nothing is late in its line
    assert "late in the line (0.0%): it does not change" in out
    page = Path("cells.html").read_text(encoding="utf-8")
    assert page.count("<span style") == 60 + 2 + 2  # and the legends of colours and layers
    assert "is x <small>" in page


def test_the_page_tells_what_stands_behind_its_last_tokens(cells):
    code, out, _ = cells("writer", "--text=text.py", "--show=60", "--behind=40", "--back=7", "--top=1")
    assert code == 0
    assert len(re.findall(r"held still [+-]0\.\d{4} bits$", out, re.M)) == 4
    assert len(re.findall(r"^  linear probe, layer [12]: [01]\.\d{3}   control [01]\.\d{3}$", out, re.M)) == 8
    page = Path("cells.html").read_text(encoding="utf-8")
    behind = json.loads(re.findall(r'class="behind">(.*?)</script>', page)[0])
    assert (behind["back"], behind["layers"]) == (7, 2)
    assert len(b64decode(behind["influence"])) == 40 * 7
    assert page.count("<circle") == 3 * 12  # gates i, f, o


@pytest.mark.parametrize(("argument", "units"), [("--unit=2:3", ["2:3"]), ("--all", None)])
def test_one_unit_or_all(cells, argument, units):
    assert cells("writer", "--text=text.py", "--gate=o", argument)[0] == 0
    shown = re.findall(r'<option value="(\d:\d)"', Path("cells.html").read_text(encoding="utf-8"))
    assert shown == (units or shown)
    assert len(set(shown)) == (1 if units else 12)


def test_captions_are_searched_word_by_word(cells):
    captions = FIXTURES / "captions_test.json"
    code, out, error = cells(
        "captioner", f"--captions={captions}", "--count=2", r"--property=an article=\b(a|an|the)\b"
    )
    assert (code, error) == (0, "")
    assert "9 units, c" in out
    assert "the heads of a captioner read the photo too" in out
    assert "held still" not in out
    assert re.search(r"^an article \(\d\d\.\d%\)\n  linear probe.*\n  1:\d ", out, re.M)
    page = re.sub("<.*?>", "", Path("cells.html").read_text(encoding="utf-8").split("<pre")[1])
    last = read_photos(captions)[1].captions[-1].lower().rstrip(".")
    assert f"\n{last}\n" in page.replace(" \n", "\n")  # as written, with words that the model does not know


def test_a_text_with_pinned_units_stands_below_the_free_one(cells):
    code, out, _ = cells("writer", "--pin=1:2=0", "--pin=2:0=3", "--prompt=print", "--length=20")
    assert code == 0
    free, held = out.removeprefix("── as it is\n").removesuffix("\n").split("\n── with 1:2=0, 2:0=3\n")
    assert free.startswith("print")
    assert len(free) == len(held) == 25
    assert cells("writer", "--pin=1:2=0", "--pin=2:0=3", "--prompt=print", "--length=20")[1] == out


def test_a_photo_is_captioned_with_pinned_units(cells):
    code, out, _ = cells("captioner", "--pin=1:2=0", f"--photo={FIXTURES / 'images/test_000000.png'}")
    assert code == 0
    assert [line.startswith("──") for line in out.splitlines()] == [True, False, True, False]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give either --text FILE or --captions FILE to be read, or --pin UNIT=VALUE to write"),
        (["--text=text.py", "--out=x.png"], "--out x.png must end in .html"),
        (["--text=text.py", "--top=0"], "--top is 0, but at least 1 is needed"),
        (["--text=text.py", "--back=0"], "--back is 0, but at least 1 is needed"),
        (["--text=none.py"], "none.py: no such text"),
        (["--text=text.py", "--unit=9:9"], "unit '9:9' is none of 1:0 to 2:5 (layer:number)"),
        (["--text=text.py", "--property=x"], "--property 'x' is not of the form NAME=REGEX"),
        (["--pin=1:0=a"], "--pin 1:0=a: could not convert string to float: 'a'"),
        (["--pin=1:0"], "--pin '1:0' is not of the form UNIT=VALUE"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(cells, arguments, sentence):
    assert cells("writer", *arguments) == (2, "", f"captioner cells: {sentence}\n")
