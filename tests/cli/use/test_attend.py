"""`captioner attend`: pictures, animations and pages of its own captions and of typed ones."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from captioner.cli.main import main
from tests import two_heads
from tests.paths import FIXTURES

PHOTO = FIXTURES / "images/test_000000.png"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def attend(bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, photos: tuple[object, ...] = (PHOTO,)) -> tuple[int, str, str]:
        given = ["attend", "--model", str(bundle), *map(str, photos), "--max-words=3", *arguments]
        return main(given), *capsys.readouterr()

    return run


def test_a_picture_beside_the_user_is_the_default(attend):
    code, out, error = attend()
    assert (code, error) == (0, "")
    assert out.splitlines()[1] == "test_000000.attention.png"
    with Image.open("test_000000.attention.png") as picture:
        assert picture.width > 300


def test_an_animation_has_a_frame_for_the_photo_and_each_word(attend):
    assert attend("--out=x.gif", "--caption=what is the table")[0] == 0
    with Image.open("x.gif") as animation:
        assert len(list(ImageSequence.Iterator(animation))) == 5


def test_a_page_shows_the_typed_caption(attend):
    code, out, _ = attend("--out=x.html", "--caption=the table")
    assert code == 0
    assert out == "the table\nx.html\n"
    assert "the table" in Path("x.html").read_text()


def test_several_photos_and_other_captions_make_one_page(attend):
    other = PHOTO.with_name("test_000001.png")
    code, out, error = attend("--out=x.html", "--n-best=2", "--beam=2", photos=(PHOTO, other, "broken.png"))
    assert code == 1
    assert len(out.splitlines()) == 3
    assert error == "captioner attend: broken.png: no such photo\n"
    page = Path("x.html").read_text()
    assert page.count("<figure") == page.count("<details") == 2
    assert "<h1>Where the model looked</h1>" in page


def test_a_squeezed_photo_is_drawn_in_its_own_shape(attend):
    assert attend("--out=x.html", "--caption=the table", "--shape=400x100")[0] == 0
    ((width, height),) = re.findall(r'width="(\d+)" height="(\d+)" alt', Path("x.html").read_text())
    assert int(width) / int(height) == pytest.approx(4, rel=0.05)
    assert attend("--out=y.png", "--caption=the table", "--shape=400X100")[0] == 0


@pytest.mark.parametrize("shape", ["4", "0x3", "3x0", "x", "axb", "1000x1", "1x1000", "-3x4"])
def test_a_shape_that_is_none_is_one_sentence(attend, shape):
    code, out, error = attend("--out=x.html", f"--shape={shape}")
    assert (code, out) == (2, "")
    assert error == (
        f"captioner attend: --shape {shape} must be a width and a height such as 500x375, neither 100 times the other\n"
    )


def test_words_that_the_model_does_not_know_are_told(attend):
    code, _, error = attend("--caption=what is a zebra")
    assert code == 0
    assert error == "captioner attend: the model does not know a, zebra\n"


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("--out=x.pdf", "--out x.pdf ends in none of .png, .gif, .html, which choose what is drawn"),
        ("--caption=?!", "the caption '?!' has no word; type one, for example: a dog runs"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(attend, argument, sentence):
    assert attend(argument) == (2, "", f"captioner attend: {sentence}\n")


def test_a_picture_shows_one_photo(attend):
    assert attend("--out=x.png", photos=(PHOTO, PHOTO)) == (
        2,
        "",
        "captioner attend: x.png shows one photo, and 2 were given: let --out end in .html\n",
    )


def test_none_of_several_photos_is_one_sentence(bundle, capsys, tmp_path):
    out = tmp_path / "x.html"
    assert main(["attend", "--model", str(bundle), "a.png", "b.png", "--out", str(out)]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "captioner attend: none of the 2 photos can be read"
    assert not out.exists()


def test_a_photo_that_is_not_there(bundle, capsys):
    assert main(["attend", "--model", str(bundle), "nowhere.png"]) == 2
    assert capsys.readouterr().err == "captioner attend: nowhere.png: no such photo\n"
