"""The gallery in a real Chromium, by keyboard alone."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from captioner.folders.writing.shelf import Shelf
from captioner.serving.web.app import create_app
from captioner.serving.work.settings import Limits
from tests.paths import FIXTURES
from tests.serving.conftest import serving
from tests.serving.web.routes.test_page import browser, playwright, pytestmark, visit

__all__ = ["browser", "playwright", "pytestmark", "visit"]


@pytest.fixture
def gallery(model, bundle, tmp_path):
    shutil.copytree(FIXTURES / "images", tmp_path / "photos")
    (tmp_path / "photos/test_000000.txt").write_text("a caption <b>of</b> a file")
    app = create_app(model, Limits(), folder=bundle, shelf=Shelf(tmp_path / "photos", edit=True), index=tmp_path / "i")
    with serving(app) as served:
        yield served.address, tmp_path / "photos"


def test_photos_are_walked_through_and_captioned_by_keyboard(gallery, visit):
    address, folder = gallery
    page = visit(f"{address}gallery")
    photos = page.locator("#grid button")
    expect(photos).to_have_count(8)
    expect(page.locator("#count")).to_have_text("8 photos")
    expect(photos.first).to_contain_text("a caption <b>of</b> a file")
    expect(page.locator("#grid img").first).to_have_js_property("naturalWidth", 64)
    photos.first.focus()
    page.keyboard.press("ArrowRight")
    expect(photos.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("test_000001.png")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.keyboard.press("e")
    page.keyboard.type("two squares")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_have_text("Saved.")
    expect(page.locator("#by")).to_have_text("Written by a person.")
    assert "two squares" in (folder / "test_000001.png.xmp").read_text()
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator("#edit textarea")).not_to_have_value("two squares")
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#label")).to_have_text("train_000000.png")
    page.keyboard.press("Escape")
    expect(photos.nth(2)).to_be_focused()
    expect(photos.nth(1)).to_contain_text("two squares")


def test_photos_are_found_by_words_by_keyboard(gallery, visit):
    page = visit(f"{gallery[0]}gallery")
    photos, words, told = page.locator("#grid button"), page.locator("#words"), page.locator("#told")
    expect(page.locator("#known")).to_have_text("8 photos can be searched.", timeout=20_000)
    page.keyboard.press("/")
    expect(words).to_be_focused()
    page.keyboard.type("zebras / <b>")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("The model knows no word of 'zebras / <b>'")
    expect(photos).to_have_count(8)
    words.fill("what is on the zebra")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("8 photos for \u201cwhat is on the zebra\u201d, best first, among 8.")
    expect(told).to_contain_text("The model does not know: zebra.")
    scores = [float(each.replace("\u2212", "-")) for each in page.locator("#grid small").all_inner_texts()]
    assert len(scores) == 8
    assert scores == sorted(scores, reverse=True)
    expect(page.locator("#grid img").first).to_have_js_property("naturalWidth", 64)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.keyboard.press("ArrowDown")
    expect(photos.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#large")).to_be_visible()
    page.keyboard.press("Escape")
    expect(photos.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(words).to_have_value("")
    expect(page.locator("#grid small:visible")).to_have_count(0)
    expect(photos).to_have_count(8)
    expect(photos.first).to_contain_text("a caption <b>of</b> a file")
