"""A caption in a notebook: the photo with the caption, whose words show their attention, and nothing from elsewhere."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned

PHOTO = Image.new("RGB", (60, 40), "red")
P = np.full((2, 9), 1 / 9, np.float32)


def result(source, attention=P) -> Captioned:
    best = Caption("a <b>", ("a", "<b>"), -1.0, -0.5, attention)
    return Captioned(source, (best, Caption("a dog", ("a", "dog"), -2.0, -1.0, attention)), ImageSpec(size=32))


def encoded() -> bytes:
    file = io.BytesIO()
    PHOTO.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["path", "bytes", "picture"])
def test_a_notebook_shows_photo_words_and_attention(kind, tmp_path):
    (tmp_path / "red.png").write_bytes(encoded())
    source = {"path": tmp_path / "red.png", "bytes": encoded(), "picture": PHOTO}[kind]
    html = result(source)._repr_html_()
    assert html.count("data:image/jpeg;base64,") == 1
    assert re.findall(r"<button [^>]*data-cover=\"data:image/png;base64,[^>]*>([^<]*)</button>", html) == [
        "a",
        "&lt;b&gt;",
    ]
    assert not re.search(r"(src|href)=\"(?!data:)|@import|url\(", html)


def test_without_attention_it_shows_photo_and_caption():
    html = result(PHOTO, np.zeros((2, 0), np.float32))._repr_html_()
    assert "a &lt;b&gt;" in html
    assert "data-cover" not in html


def test_a_photo_that_is_gone_is_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone.png: no such photo$"):
        result(tmp_path / "gone.png")._repr_html_()
