"""Alternative texts: which images lack one, what is put in, and that nothing else is touched."""

import os

import pytest

from captioner.folders.pages.alt import fill
from captioner.folders.pages.images import images
from tests.folders.writing.conftest import Says

PAGE = """<!DOCTYPE html>\r
<html><body class=a>
<!-- <img src="a.jpg"> -->
<script>var x = '<img src="a.jpg">'</script>
<IMG src=a.jpg><img\tsrc='b%20c.jpg?v=2#x' width=5 />
<img alt="mine" src="a.jpg"><img src="a.jpg" alt=""><img src="a.jpg" alt>
<img src="a.jpg" role="presentation"><img aria-hidden="true" src="a.jpg">
<p title="<img src=a.jpg>">한글 &amp; &copy; <b>broken</p>
<img
  src="sub/한.jpg"
>
</body>"""


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.jpg", "b c.jpg", "sub/한.jpg", "../secret.jpg"):
        (folder / name).write_bytes(b"photo")
    return folder


def filled(site, page: str | bytes):
    (site / "page.html").write_bytes(page.encode() if isinstance(page, str) else page)
    says = Says()
    return fill(site / "page.html", says, 'the "model"'), says.asked


def test_images_that_lack_a_text_get_one_and_nothing_else_is_touched(site):
    page, asked = filled(site, PAGE)
    assert (page.filled, page.told, page.decorative, page.failed) == (3, 1, 4, [])
    mark = 'data-alt-by="the &quot;model&quot;"'
    assert page.after.decode() == PAGE.replace("<IMG src=a", f'<IMG alt="1 of a" {mark} src=a').replace(
        "<img\tsrc", f'<img alt="1 of b c" {mark}\tsrc'
    ).replace("<img\n", f'<img alt="1 of \\ud55c" {mark}\n')
    assert asked == ["a.jpg", "b c.jpg", "한.jpg"]
    assert len([line for line in page.diff("page.html") if line.startswith("+")]) == 3
    again, asked = filled(site, page.after)
    assert (again.after, again.told, asked) == (page.after, 4, [])


def test_an_image_that_stands_twice_is_captioned_once(site):
    page, asked = filled(site, "<img src=a.jpg>" * 3)
    assert (page.filled, asked) == (3, ["a.jpg"])


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "line 1: has no src"),
        ("https://example.org/a.jpg", "is not in the page's folder; it is not fetched"),
        ("//example.org/a.jpg", "is not in the page's folder"),
        ("data:image/png;base64,AAAA", "is not in the page's folder"),
        ("file:///etc/passwd", "is not in the page's folder"),
        ("../secret.jpg", "lies outside the page's folder"),
        ("%2e%2e/secret.jpg", "lies outside the page's folder"),
        ("/etc/passwd", "lies outside the page's folder"),
        ("link.jpg", "lies outside the page's folder"),
        ("missing.jpg", "'missing.jpg': no such file"),
        ("a%00.jpg", "is no address"),
        ("http://[", "is no address"),
        ("sub", "no such file"),
    ],
)
def test_only_files_in_the_pages_folder_are_read(site, source, sentence):
    (site / "link.jpg").symlink_to(site / "../secret.jpg")
    page, asked = filled(site, f'<img src="{source}">')
    assert (page.filled, asked, page.after) == (0, [], page.before)
    (said,) = page.failed
    assert sentence in said


def test_pages_in_other_encodings_keep_their_bytes(site):
    (site / os.fsdecode(b"\xb0\xa1.jpg")).write_bytes(b"photo")
    (site / "a.jpg").write_bytes(b"")
    old = b'\xb0\xa1<img src="\xb0\xa1.jpg">\xb0<img src=a.jpg>'
    page, _ = filled(site, old)
    assert page.failed == [f"{site}/a.jpg is empty"]
    assert page.after.replace(b' alt="1 of \\udcb0\\udca1" data-alt-by="the &quot;model&quot;"', b"") == old
    assert page.filled == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe<\0", "is not in an encoding of the web"),
        (b'<base href="https://example.org/"><img src=a.jpg>', "has a <base>"),
    ],
)
def test_pages_that_are_left_alone(site, content, sentence):
    with pytest.raises(ValueError, match=sentence):
        filled(site, content)
    with pytest.raises(FileNotFoundError, match="no such page"):
        fill(site / "none.html", Says(), "m")
    with pytest.raises(ValueError, match="is a folder"):
        fill(site / "sub", Says(), "m")


def test_broken_pages_end():
    for page in ("<img", '<img src="', "<img src=a.jpg", "<!--", "<![CDATA[<img>", "<img " * 3):
        assert len(images(page).lacking) <= 1
