"""Real photos first: what the model in the box says of those that come with the package, and where it looked."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from captioner import box
from captioner.decoding.settings import Decoding
from captioner.figures.pages import attention_html, page
from captioner.files import write_text
from captioner.inference import Answers, Caption, Captioned, load
from captioner.photos import read_photo

ASKED = {
    "astronaut.jpg": "what is the woman wearing?",
    "chelsea.jpg": "what animal is this?",
    "coffee.jpg": "what is on the table?",
    "rocket.jpg": "what is in the background?",
}
SEARCH = Decoding(method="beam", beam=5)
TITLE = "Real photos"


class Shown(NamedTuple):
    """A photo, what was said of it, and what was answered; None where the model answers nothing."""

    said: Captioned[Path]
    answers: Answers | None


def look() -> list[Shown]:
    """Captions and asks the photos that come with the package.

    Raises:
        FileNotFoundError: this install came without the model.
    """
    model = load()
    photos = [box.PHOTOS / name for name in ASKED]
    said = [each for each in model.caption_each(photos, SEARCH) if isinstance(each, Captioned)]
    asks = "answers" in model.bundle.heads
    return [Shown(each, model.ask(each.source, ASKED[each.source.name]) if asks else None) for each in said]


def how_sure(said: Caption | Answers) -> str:
    """How often such captions or answers are right, in words; nothing where that was not measured."""
    if said.right is None:
        return ""
    counted = "of its answers" if isinstance(said, Answers) else "of what it names"
    return f"{said.doubt}: {counted} when it is that sure, {said.right:.0%} were right on photos of the kind it knows"


def gallery(shown: Sequence[Shown]) -> str:
    """The photos with their captions and answers, as a block of a page."""
    cards = []
    for said, answers in shown:
        best = said.captions[0]
        figure = attention_html(read_photo(said.source), best.words, best.attention, said.image)
        asked = f"<p>{escape(how_sure(best))}</p>" if best.doubt else ""
        if answers is not None:
            answer = f"<dt>{escape(answers.question)}</dt><dd>{escape(answers.text)}</dd>"
            asked += f'<dl class="asked">{answer}</dl>'
            asked += f"<p>{escape(how_sure(answers))}</p>" if answers.doubt else ""
        cards.append(f'<div class="card">{figure}{asked}</div>')
    return '<div class="gallery">' + "\n".join(cards) + "</div>"


def write_page(path: Path, shown: Sequence[Shown]) -> None:
    """Writes a page of the photos alone, which needs no other file and nothing from the net."""
    style = files("captioner.demo").joinpath("report.css").read_text(encoding="utf-8")
    told = (
        "<p>What the model in the box says. Point at a word to see where it looked when it said it. It is small, and"
        " has seen few kinds of photos: <code>captioner about</code> tells what it is bad at.</p>"
    )
    write_text(path, page(TITLE, f"<style>{style}</style>", told, gallery(shown)))
