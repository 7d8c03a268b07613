"""The matrix of words read and words said, as a picture and as a table."""

import re

import numpy as np
import pytest
from PIL import Image

from captioner.figures.matrix import matrix_html, save_matrix_png

SOURCE, WORDS = ("A", "<dog>", "⏎"), ("Ein", "Hund")
P = np.array([[0.9, 0.1, 0.0], [0.05, 0.9, 0.05]], np.float32)


def test_the_picture_is_dark_where_the_weight_is(tmp_path):
    save_matrix_png(tmp_path / "m.png", SOURCE, WORDS, P)
    picture = np.asarray(Image.open(tmp_path / "m.png").convert("L"))
    dark = np.argwhere(picture < 60)
    assert len(dark) > 2 * 30 * 30  # both cells
    assert dark[:, 0].max() < picture.shape[0]


def test_the_table_tells_each_weight_and_escapes_words():
    html = matrix_html(SOURCE, WORDS, P)
    assert "<dog>" not in html
    assert re.findall(r"--p:([\d.]+)", html) == ["0.900", "0.100", "0.000", "0.050", "0.900", "0.050"]
    assert 'title="Hund ← &lt;dog&gt;: 90\u00a0%"' in html


@pytest.mark.parametrize("p", [P[:1], P[:, :2], np.zeros((2, 0), np.float32)])
def test_weights_of_other_words_are_refused(p):
    with pytest.raises(ValueError, match=r"need weights of that shape"):
        matrix_html(SOURCE, WORDS, p)


def test_without_attention_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="there is no attention to draw"):
        matrix_html(("a",), ("b",), np.ones((1, 1), np.float32))
