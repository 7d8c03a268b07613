"""The page in a real Chromium: by mouse, by keyboard, on a phone, in the dark, and when things go wrong."""

import re
import shutil
from base64 import b64encode
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page, Playwright, expect, sync_playwright

from captioner.decoding.settings import Decoding
from tests import clips, two_heads
from tests.serving.conftest import photo

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium: apt-get install chromium-headless-shell"),
]


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser):
    """Opens an address; whatever the console says against the page fails the test."""
    contexts, said = [], []

    def visit(address: str, **settings: Any) -> Page:
        context = browser.new_context(**WIDE | settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    # a refusal that the page puts into words is noted by the browser, too
    assert [text for text in said if not text.startswith("Failed to load resource")] == []


def give(page: Page, *contents: bytes) -> None:
    """Chooses photos."""
    files: list[FilePayload] = [
        {"name": f"photo{number}.png", "mimeType": "image/png", "buffer": content}
        for number, content in enumerate(contents, 1)
    ]
    page.set_input_files("#files", files)


def captioned(page: Page, count: int = 1) -> None:
    """Waits until the words have appeared."""
    expect(page.locator(".caption:visible")).to_have_count(count, timeout=20_000)
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=20_000)


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


DROP = """([base64, types]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
  for (const type of types) {
    const property = type === "paste" ? "clipboardData" : "dataTransfer";
    const event = new Event(type, { bubbles: true, cancelable: true });
    Object.defineProperty(event, property, { value: data });
    document.querySelector("main").dispatchEvent(event);
  }
}"""


@pytest.mark.parametrize("events", [["dragenter", "dragover", "drop"], ["paste"]])
def test_a_photo_dropped_or_pasted_is_captioned_word_by_word_with_its_attention(serve, visit, model, events):
    page = visit(serve().address)
    page.evaluate(DROP, [b64encode(photo()).decode(), events])
    page.wait_for_selector(".caption .unsaid", state="attached")  # words that are still to come
    expect(page.locator(".photo img + img")).to_have_count(1)
    captioned(page)
    words = page.locator(".caption button").all_text_contents()
    assert " ".join(words) == model.caption(photo())[0].text
    expect(page.locator(".photo img + img")).to_have_count(0)
    expect(page.locator("#news")).to_have_text(f"Caption: {' '.join(words)}")


def test_words_are_pointed_at_and_stepped_through_by_keyboard(serve, visit):
    page = visit(serve().address, reduced_motion="reduce")
    give(page, photo())
    captioned(page)
    words, cover = page.locator(".caption button"), page.locator(".photo img + img")
    words.nth(1).hover()
    covered = cover.get_attribute("src")
    expect(page.locator(".said")).to_have_text(re.compile(r"^\S+: most at the .*%$"))
    page.locator("h1").hover()
    expect(cover).to_have_count(0)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.caption') !== null"):
            break
    expect(words.nth(0)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(words.nth(0)).to_have_attribute("aria-pressed", "false")
    expect(words.nth(1)).to_be_focused()
    assert cover.get_attribute("src") == covered
    assert cover.evaluate("image => image.complete && image.naturalWidth > 0")
    assert cover.bounding_box() == page.locator(".photo img").first.bounding_box()
    page.keyboard.press("End")
    expect(words.last).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(cover).to_have_count(0)


def test_other_captions_are_opened_and_looked_at(serve, visit):
    page = visit(serve().address, reduced_motion="reduce")
    give(page, photo())
    captioned(page)
    page.get_by_text("Other captions").click()
    groups = page.locator(".others .words")
    expect(groups).to_have_count(2)
    groups.nth(1).locator("button").first.click()
    expect(page.locator(".photo img + img")).to_have_count(1)


def test_a_conversation_by_keyboard(serve, visit, model):
    page = visit(serve().address, reduced_motion="reduce")
    give(page, photo())
    captioned(page)
    box = page.get_by_label("Ask about this photo")
    for number, question in enumerate(["what is on the table?", "how many quux?"], 1):
        box.fill(question)
        box.press("Enter")
        expect(page.locator(".talk li")).to_have_count(number)
        answer = model.ask(photo(), question)
        expect(page.locator(".talk .answer strong").last).to_have_text(answer.text)
        expect(page.locator(".talk button").last).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".photo img + img")).to_have_count(1)
        expect(box).to_have_value("")
    expect(page.locator(".talk .note")).to_have_text("The model does not know: quux.")


def test_settings_behind_the_gear(serve, visit, model):
    page = visit(serve().address, reduced_motion="reduce")
    give(page, photo())
    captioned(page)
    page.get_by_label("Decoding settings").click()
    page.get_by_label("Words are chosen by").select_option("greedy")
    expect(page.get_by_label("Captions followed at once")).to_be_hidden()
    page.get_by_label("Words at most").fill("3")
    page.get_by_role("button", name="Caption again").click()
    expect(page.locator(".caption button")).to_have_count(3)
    captioned(page)
    words = " ".join(page.locator(".caption button").all_text_contents())
    assert words == model.caption(photo(), Decoding(method="greedy", max_words=3))[0].text
    expect(page.locator(".others")).to_be_hidden()
    page.get_by_label("Decoding settings").click()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Words at most")).to_be_hidden()


def test_the_attention_is_kept_as_a_picture_and_as_a_page_of_the_same_interaction(serve, visit, tmp_path):
    page = visit(serve().address, reduced_motion="reduce")
    give(page, photo())
    captioned(page)
    kept = []
    for name in ("the picture", "a page"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        kept.append(tmp_path / download.value.suggested_filename)
        download.value.save_as(kept[-1])
    assert [path.name for path in kept] == ["photo1.attention.png", "photo1.attention.html"]
    alone = visit(kept[1].as_uri())
    alone.keyboard.press("Tab")
    alone.keyboard.press("ArrowRight")
    expect(alone.locator(".words button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(alone.locator(".photo img + img")).to_have_count(1)
    assert serious(alone) == []


def test_a_clip_is_shown_as_a_strip_of_its_frames(serve, visit, tmp_path):
    page = visit(serve(clips.save(tmp_path / "bundle")).address, reduced_motion="reduce")
    page.set_input_files("#files", clips.video(tmp_path / "clip.mp4"))
    captioned(page)
    expect(page.locator(".card.unshown")).to_have_count(0)
    strip = page.locator(".photo img").first
    assert strip.evaluate("image => image.naturalWidth / image.naturalHeight") == pytest.approx(3 * 64 / 48, rel=0.02)
    words = page.locator(".caption button")
    words.first.click()
    expect(page.locator(".photo img + img")).to_have_count(1)
    expect(page.locator(".said")).to_have_text(re.compile("of frame [1-3]"))


def test_several_photos_make_a_gallery_and_a_broken_one_stops_none(serve, visit):
    page = visit(serve().address, reduced_motion="reduce")
    give(page, photo("red"), b"not a photo", photo("blue"))
    captioned(page, 2)
    expect(page.locator(".card.open")).to_have_count(0)
    expect(page.locator(".trouble:visible")).to_have_text(re.compile("^This file is not a photo that can be read"))
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)  # it will not become a photo
    assert serious(page) == []
    card = page.get_by_role("article", name="photo3.png")
    expect(card.locator(".more")).to_be_hidden()
    card.get_by_role("button", name="Look closer").click()
    expect(card.locator(".more")).to_be_visible()
    for name in ("photo1.png", "photo2.png", "photo3.png"):
        page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.get_by_role("article")).to_have_count(0)


def test_a_full_server_is_told_tried_again_and_helped_by_hand(serve, visit):
    served = serve()
    network = served.app.state.service.network
    network.places = 0
    page = visit(served.address, reduced_motion="reduce")
    give(page, photo())
    expect(page.locator(".state")).to_have_text("The server is full; trying again in 1 s …")
    trouble = page.locator(".trouble")
    expect(trouble).to_have_text("The server is full. Wait a little, then try again.", timeout=20_000)
    assert serious(page) == []
    network.places = 4
    page.get_by_role("button", name="Try again").click()
    captioned(page)
    expect(trouble).to_be_empty()


def test_a_photo_that_is_too_large_and_a_server_that_is_gone_are_told(serve, visit):
    page = visit(serve(megabytes=0.0001).address)
    give(page, photo())
    expect(page.locator(".trouble")).to_have_text("This photo has 0.0 MB, more than the 0.0001 MB allowed.")
    page = visit(serve().address)
    page.route("**/v1/caption*", lambda route: route.abort())
    give(page, photo())
    expect(page.locator(".trouble")).to_have_text("The server cannot be reached. Is it still running?")


def test_a_bundle_without_one_of_the_heads_says_so(serve, visit, tmp_path):
    page = visit(serve(two_heads.save(tmp_path / "a", answers=False)).address, reduced_motion="reduce")
    give(page, photo())
    captioned(page)
    expect(page.get_by_text("This model was not trained on questions, so it cannot be asked.")).to_be_visible()
    expect(page.get_by_label("Ask about this photo")).to_be_hidden()
    page = visit(serve(two_heads.save(tmp_path / "b", captions=False)).address, reduced_motion="reduce")
    give(page, photo())
    page.get_by_label("Ask about this photo").fill("what is it?")
    page.keyboard.press("Enter")
    expect(page.locator(".talk li")).to_have_count(1)
    expect(page.locator(".caption")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["wide", "phone"])
def test_nobody_is_kept_out(serve, visit, playwright, scheme, device):
    settings = playwright.devices["Pixel 7"] if device == "phone" else {}
    page = visit(serve().address, color_scheme=scheme, reduced_motion="reduce", **settings)
    assert serious(page) == []
    expect(page.get_by_text("Take a photo")).to_be_visible(visible=device == "phone")
    give(page, photo())
    captioned(page)
    page.get_by_label("Ask about this photo").fill("what is it?")
    page.keyboard.press("Enter")
    expect(page.locator(".talk li")).to_have_count(1)
    page.get_by_text("Other captions").click()
    page.locator(".caption button").nth(1).click()
    assert serious(page) == []
    page.get_by_label("Decoding settings").click()
    assert serious(page) == []
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
