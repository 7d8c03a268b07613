import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from captioner.figures.pages import attention_html, hint, marks, page
from captioner.images import ImageSpec

PHOTO = Image.new("RGB", (120, 80), (200, 190, 180))


Element = tuple[str, dict[str, str | None], list[str]]


class Elements(HTMLParser):
    """Collects tags, and the text in each of them, and checks that what opens is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element: Element = (tag, dict(attrs), [])
        self.found.append(element)
        if tag not in ("img", "meta"):
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(text).strip()) for name, attributes, text in self.found if name == tag]


def places(*largest: int) -> np.ndarray:
    p = np.full((len(largest), 9), 0.05, np.float32)
    p[range(len(largest)), largest] = 0.6
    return p


def test_each_word_is_a_button_with_its_attention():
    html = attention_html(PHOTO, ["a", "개", "<b>&\"'"], places(0, 4, 7), ImageSpec(), description="it's a <dog>")
    elements = Elements(html)
    buttons = elements.all("button")
    assert [text for _, text in buttons] == ["a", "개", "<b>&\"'"]
    assert [attributes["data-said"] for attributes, _ in buttons] == [
        f"most at the {where}, 60\u00a0%" for where in ("top left", "middle", "bottom middle")
    ]
    brightest = []
    for attributes, _ in buttons:
        cover = Image.open(io.BytesIO(base64.b64decode((attributes["data-cover"] or "").split(",")[1])))
        assert cover.size == (96, 64)
        darkness = np.asarray(cover)[:, :, 3]
        y, x = np.unravel_index(darkness.argmin(), darkness.shape)
        brightest.append((3 * int(x) // 96, 3 * int(y) // 64))
    assert brightest == [(0, 0), (1, 1), (1, 2)]
    (photo,) = elements.all("img")
    assert photo[0]["alt"] == "it's a <dog>"
    ((said, hint),) = [(attributes, text) for attributes, text in elements.all("p")]
    assert said["aria-live"] == "polite"
    assert hint == said["data-hint"] == "Point at a word, or use the arrow keys. 9 places; even would be 11\u00a0%."


def test_alternatives_are_said():
    html = attention_html(PHOTO, ["dog"], places(2), ImageSpec(), alternatives=[[("cat", 0.31), ("<b>", 0.042)]])
    ((attributes, _),) = Elements(html).all("button")
    assert (attributes["data-said"] or "").replace(
        "\u00a0", " "
    ) == "most at the top right, 60 %; or: cat 31 %, <b> 4.2 %"
    without_grid = attention_html(PHOTO, ["dog"], np.zeros((1, 0)), ImageSpec(), alternatives=[[("cat", 0.31)]])
    ((attributes, _),) = Elements(without_grid).all("button")
    assert (attributes["data-said"], attributes["data-cover"]) == ("or: cat 31\u00a0%", "")


@pytest.mark.parametrize("n", [0, 1])
def test_without_places_there_is_the_photo_and_its_caption(n):
    elements = Elements(attention_html(PHOTO, ["a", "<dog>"], np.ones((2, n)), ImageSpec()))
    assert not elements.all("button")
    assert len(elements.all("img")) == 1
    assert any(text == "a <dog>" for _, text in elements.all("div"))


def test_page_needs_nothing_from_outside():
    html = page("Dogs & <cats>", attention_html(PHOTO, ["a", "dog"], places(0, 4), ImageSpec()))
    elements = Elements(html)
    assert elements.all("title") == [({}, "Dogs & <cats>")]
    assert elements.all("h1") == [({}, "Dogs & <cats>")]
    assert not re.search(r"https?:|//\w|@import|url\(", re.sub(r"base64,[\w+/=]+", "", html))
    assert not elements.all("link")
    assert all("src" not in attributes for attributes, _ in elements.all("script"))
    assert "color-scheme: light dark" in html


def test_page_holds_several_blocks():
    block = attention_html(PHOTO, ["a"], places(0), ImageSpec())
    assert len(Elements(page("two", block, "<p>and</p>", block)).all("figure")) == 2


def test_large_photos_are_reduced_and_small_ones_stretched_on_screen():
    def image(size: tuple[int, int]) -> dict[str, str | None]:
        html = attention_html(PHOTO.resize(size), ["a"], places(0), ImageSpec())
        assert len(html) < 60_000
        elements = Elements(html)
        (photo,) = elements.all("img")
        (holder,) = [attributes for attributes, _ in elements.all("div") if attributes["class"] == "photo"]
        return photo[0] | {"shown": holder["style"]}

    large, small = image((4000, 2000)), image((100, 50))
    assert (large["width"], large["height"], large["shown"]) == ("640", "320", "max-width:640px")
    assert (small["width"], small["height"], small["shown"]) == ("100", "50", "max-width:420px")


def test_other_captions_are_groups_of_their_own():
    html = attention_html(PHOTO, ["a", "dog"], places(0, 4), ImageSpec(), others=[(["one", "cat"], places(2, 8))])
    elements = Elements(html)
    assert len(elements.all("details")) == 1
    assert [text for _, text in elements.all("button")] == ["a", "dog", "one", "cat"]
    assert [attributes["tabindex"] for attributes, _ in elements.all("button")] == ["0", "-1", "0", "-1"]
    labels = [attributes["aria-label"] for attributes, _ in elements.all("div") if attributes["class"] == "words"]
    assert labels == ["Words of the caption", "Words of caption 2"]


def test_marks_are_what_a_page_shows_of_each_word():
    first, second = marks(["a", "dog"], places(0, 8), ImageSpec(), size=(300, 100))
    assert (first.word, second.said) == ("a", "most at the bottom right, 60\u00a0%")
    assert Image.open(io.BytesIO(base64.b64decode(first.cover.split(",")[1]))).size == (96, 32)
    assert marks(["a"], np.zeros((1, 0)), ImageSpec(), size=(3, 2)) == [("a", "", "", "", "")]
    assert hint(np.zeros((1, 0))) == ""


def test_what_looks_away_is_said_and_stands_under_the_word():
    sentinel = np.array([0.631, 0.05])
    html = attention_html(
        PHOTO, ["of", "dog"], places(0, 4), ImageSpec(), sentinel=sentinel, alternatives=[[("in", 0.3)], []]
    )
    first, second = (attributes for attributes, _ in Elements(html).all("button"))
    assert first["data-away"] == "looks away 63\u00a0%"
    assert first["data-said"] == "most at the top left, 60\u00a0%; looks away 63\u00a0%; or: in 30\u00a0%"
    assert second["data-away"] == "looks away 5.0\u00a0%"
    assert second["data-said"] == "most at the middle, 60\u00a0%; looks away 5.0\u00a0%"
    with pytest.raises(ValueError, match="2 words need as many shares from 0 to 1 that look away"):
        attention_html(PHOTO, ["of", "dog"], places(0, 4), ImageSpec(), sentinel=sentinel[:1])


def test_alternatives_for_other_words():
    with pytest.raises(ValueError, match="2 words cannot have alternatives for 1; give one list a word"):
        attention_html(PHOTO, ["a", "dog"], places(0, 1), ImageSpec(), alternatives=[[("cat", 0.1)]])


def test_weights_of_other_words():
    with pytest.raises(ValueError, match="1 words need attention weights"):
        attention_html(PHOTO, ["a"], places(0, 1), ImageSpec())


def test_a_word_that_was_seen_is_marked_and_says_what():
    seen = ["", "seen: tabby 76%"]
    first, second = marks(["a", "cat"], np.zeros((2, 0)), ImageSpec(), size=(3, 2), seen=seen)
    assert (first.said, second.said) == ("", "seen: tabby 76%")
    html = attention_html(Image.new("RGB", (30, 20)), ["a", "cat"], np.zeros((2, 0)), ImageSpec(), seen=seen)
    assert "data-seen>cat</button>" in html
    assert "data-seen>a<" not in html
