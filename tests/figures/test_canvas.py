import logging
import warnings

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image

from captioner.figures import canvas
from captioner.figures.canvas import BASE_FONT, BOX, Typeface

UNKNOWN = "\U0001fbca"  # a letter of Unicode 13's "legacy computing" that matplotlib's own fonts lack


@pytest.fixture
def few_fonts(monkeypatch):
    """Only the fonts that come with matplotlib, whatever this machine has."""
    own = [font for font in font_manager.fontManager.ttflist if "mpl-data" in font.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)


def test_plain_text_takes_the_base_font(few_fonts, caplog):
    face = Typeface.having(["a dog", "Ёлка", "čeština"])
    assert face == Typeface((BASE_FONT,), frozenset())
    assert not caplog.records


def test_a_font_is_found_for_letters_that_the_base_font_lacks(few_fonts, caplog):
    letter = min(
        letter
        for font in font_manager.fontManager.ttflist
        if font.name == "STIXGeneral" and font.style == "normal" and font.weight == 400
        for letter in canvas.letters_of(font.fname) - canvas.letters_of(font_manager.findfont(BASE_FONT))
        if letter.isprintable()
    )
    face = Typeface.having([f"a {letter}"])
    assert len(face.families) == 2
    assert not face.missing
    assert not caplog.records
    assert face.drawn(letter) == letter


def test_a_letter_that_no_font_has_is_said_and_drawn_as_a_box(few_fonts, caplog):
    with caplog.at_level(logging.WARNING):
        face = Typeface.having(["dog", UNKNOWN, UNKNOWN])
    assert [record.getMessage() for record in caplog.records] == [
        f"no installed font has {UNKNOWN}: install one that does (Noto Sans CJK for Korean, Japanese and Chinese) "
        f"and delete {matplotlib.get_cachedir()}/fontlist*.json"
    ]
    assert face.drawn(f"dog {UNKNOWN}") == f"dog {BOX}"
    figure = canvas.blank(2, 1)
    with warnings.catch_warnings(action="error"):
        face.write(figure, UNKNOWN, x=0.5, y=0.5, size=12, colour="black")
        assert np.asarray(canvas.as_image(figure)).min() < 100


def test_lines_break_where_the_width_ends():
    face = Typeface.having([])
    words = ["two", "dogs", "on", "a", "road"]
    width = face.width("two dogs on", 17) + 0.01
    assert [[number for number, _ in line] for line in face.lines(words, size=17, width=width)] == [[0, 1, 2], [3, 4]]
    (_, first), (_, second), (_, third) = face.lines(words, size=17, width=width)[0]
    assert first == 0
    assert second == pytest.approx(face.width("two ", 17), abs=0.02)
    assert third == pytest.approx(face.width("two dogs ", 17), abs=0.03)
    assert face.lines(["unbreakable", "words"], size=17, width=0.1) == [[(0, 0.0)], [(1, 0.0)]]
    assert face.lines([], size=17, width=1) == [[]]


def test_a_dollar_is_a_dollar():
    face = Typeface.having([])
    figure = canvas.blank(3, 1)
    face.write(figure, r"$\broken{ 5$", x=0.1, y=0.5, size=12, colour="black")
    assert np.asarray(canvas.as_image(figure)).min() < 100


def test_an_image_is_placed_in_inches_from_the_left_and_top():
    figure = canvas.blank(4, 2)
    canvas.show(figure, Image.new("RGB", (10, 10), "red"), x=1, y=0.5, width=2, height=1)
    image = canvas.as_image(figure)
    dpi = canvas.DPI
    assert image.size == (4 * dpi, 2 * dpi)
    for x, y in [(1.1, 0.6), (2.9, 0.6), (1.1, 1.4), (2.9, 1.4)]:
        assert image.getpixel((int(x * dpi), int(y * dpi))) == (255, 0, 0)
    for x, y in [(0.9, 1), (3.1, 1), (2, 0.4), (2, 1.6)]:
        assert image.getpixel((int(x * dpi), int(y * dpi))) == (255, 255, 255)


def test_png_is_written_whatever_the_name(tmp_path):
    canvas.save_png(canvas.blank(1, 1), tmp_path / "new" / "figure.of.me")
    with Image.open(tmp_path / "new" / "figure.of.me") as picture:
        assert picture.format == "PNG"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["figure.of.me"]
