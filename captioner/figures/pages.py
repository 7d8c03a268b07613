"""Attention for the browser: a caption whose words, hovered or stepped through by keyboard, light up the photo.

A fragment and a page need no other file and nothing from the net. Without JavaScript they show photo and caption.
"""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from captioner.figures.maps import Map, attention_map, check_words, cover, fit, has_places, percent, photo_data_uri
from captioner.files import write_text
from captioner.images import ImageSpec

LONGEST = 640  # pixels of the photo in a page
SHORTEST = 420  # pixels to which a smaller photo is stretched
COVER = 96  # pixels of a word's cover, which the browser stretches smoothly

Alternatives = Sequence[Sequence[tuple[str, float]]]


def attention_html(
    photo: Image.Image,
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    *,
    alternatives: Alternatives = (),
    description: str = "The photo that the caption is about",
) -> str:
    """A block of HTML to put anywhere in a page: the photo and its words, each of which shows its attention.

    Pointing at a word lays its attention over the photo; the arrow keys step through the words, Escape shows the
    plain photo again. What is seen is also said, for screen readers: where the word's attention is largest, and how
    large. Without places to choose from (n of 0 or 1) it is the photo and its caption.

    Args:
        photo: RGB.
        words: t words.
        p: the weights that the network returned, (t,n).
        spec: what part of the photo the network saw.
        alternatives: for each word, other words with their probabilities; none by default.
        description: what is said for the photo where it cannot be seen.

    Raises:
        ValueError: `p` or `alternatives` has not one row for each word, or n is not a square number.
    """
    check_words(words, p)
    if alternatives and len(alternatives) != len(words):
        raise ValueError(f"{len(words)} words cannot have alternatives for {len(alternatives)}; give one list a word")
    if has_places(p):
        small = fit(photo, COVER).size
        maps = [attention_map(weights, small, spec) for weights in p]
        said = [f"most at the {_where(each)}, {percent(row.max())}" for each, row in zip(maps, p, strict=True)]
        covers = [photo_data_uri(cover(each)) for each in maps]
        hint = f"Point at a word, or use the arrow keys. {p.shape[1]} places; even would be {percent(1 / p.shape[1])}."
    else:
        said, covers, hint = [""] * len(words), [""] * len(words), ""
    if alternatives:
        said = [f"{text}{'; ' if text else ''}{_others(row)}" for text, row in zip(said, alternatives, strict=True)]
        hint = hint or "Point at a word, or use the arrow keys."
    if hint:
        marked = "\n".join(
            f'<button type="button" data-said="{escape(text)}" data-cover="{address}">{escape(word)}</button>'
            for word, text, address in zip(words, said, covers, strict=True)
        )
    else:
        marked = escape(" ".join(words))
    photo = fit(photo, LONGEST)
    width, height = photo.size
    shown = round(width * max(1, SHORTEST / max(photo.size)))
    return (
        f"<style>{_asset('attention.css')}</style>\n"
        f'<figure class="attention" style="max-width:{max(shown, 260)}px">\n'
        f'<div class="photo" style="max-width:{shown}px"><img src="{photo_data_uri(photo)}" '
        f'width="{width}" height="{height}" alt="{escape(description)}"></div>\n'
        f'<figcaption>\n<div class="words" lang="" role="group" aria-label="Words of the caption">\n{marked}\n</div>\n'
        f'<p class="said" aria-live="polite" data-hint="{escape(hint)}">{escape(hint)}</p>\n</figcaption>\n</figure>\n'
        f"<script>{_asset('attention.js')}</script>\n"
    )


def _asset(name: str) -> str:
    return files("captioner.figures").joinpath(name).read_text(encoding="utf-8")


def _where(weights: Map) -> str:
    """Names the ninth of the photo that holds the largest weight."""
    y, x = np.unravel_index(int(weights.argmax()), weights.shape)
    row = ("top", "middle", "bottom")[3 * int(y) // weights.shape[0]]
    column = ("left", "middle", "right")[3 * int(x) // weights.shape[1]]
    return "middle" if row == column else f"{row} {column}"


def _others(alternatives: Sequence[tuple[str, float]]) -> str:
    return "or: " + ", ".join(f"{word} {percent(probability)}" for word, probability in alternatives)


def page(title: str, *blocks: str) -> str:
    """A whole page in the reader's light or dark colours, from blocks of HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_asset('page.css')}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(blocks) + "\n</main>\n</body>\n</html>\n"
    )


def save_attention_html(
    path: Path, photo: Image.Image, words: Sequence[str], p: np.ndarray, spec: ImageSpec, *, title: str | None = None
) -> None:
    """Writes a page with `attention_html`; arguments and errors are its own."""
    write_text(path, page(" ".join(words) if title is None else title, attention_html(photo, words, p, spec)))
