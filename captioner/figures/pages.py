"""Attention for the browser: a caption whose words, hovered or stepped through by keyboard, light up the photo.

A fragment and a page need no other file and nothing from the net. Without JavaScript they show photo and caption.
"""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from PIL import Image

from captioner.figures.maps import (
    Map,
    attention_map,
    check_words,
    cover,
    fit,
    has_places,
    looks_away,
    percent,
    photo_data_uri,
    shares_away,
)
from captioner.images import ImageSpec

LONGEST = 640  # pixels of the photo in a page
SHORTEST = 420  # pixels to which a smaller photo is stretched
COVER = 96  # pixels of a word's cover, which the browser stretches smoothly

Alternatives = Sequence[Sequence[tuple[str, float]]]


class Mark(NamedTuple):
    """A word as a page shows it.

    Attributes:
        word: the word.
        said: where its attention is largest and how large, and what else could have been said; for reading aloud.
        cover: the `data:` address of what is laid over the photo; empty without places to choose from.
        away: how much of its attention goes to no place, in words; empty where a network has no sentinel.
        seen: what the encoder's classifier saw that made the word; empty for the others.
    """

    word: str
    said: str
    cover: str
    away: str = ""
    seen: str = ""


def marks(
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    *,
    size: tuple[int, int],
    alternatives: Alternatives = (),
    sentinel: np.ndarray | None = None,
    seen: Sequence[str] = (),
) -> list[Mark]:
    """What a page shows for each word.

    Args:
        words: t words.
        p: the weights that the network returned, (t,n).
        spec: what part of the photo the network saw.
        size: width and height of the photo; only their proportion counts.
        alternatives: for each word, other words with their probabilities; none by default.
        sentinel: how much of its attention each word gives to no place, (t); None for what `p` lacks to 1.
        seen: for each word, what the encoder's classifier saw that made it; none by default.

    Raises:
        ValueError: `p`, `alternatives` or `sentinel` has not one row for each word, or n is not a square number.
    """
    check_words(words, p)
    sentinel = shares_away(words, p, sentinel)
    if alternatives and len(alternatives) != len(words):
        raise ValueError(f"{len(words)} words cannot have alternatives for {len(alternatives)}; give one list a word")
    said, covers = [""] * len(words), [""] * len(words)
    if has_places(p):
        scale = COVER / max(size)
        small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        maps = [attention_map(weights, small, spec) for weights in p]
        said = [
            f"most at the {_where(each, spec.frames)}, {percent(row.max())}" for each, row in zip(maps, p, strict=True)
        ]
        covers = [photo_data_uri(cover(each)) for each in maps]
    away = [""] * len(words) if sentinel is None else [looks_away(share) for share in sentinel]
    others = [_others(row) for row in alternatives] or [""] * len(words)
    seen = seen or [""] * len(words)
    said = ["; ".join(filter(None, parts)) for parts in zip(said, seen, away, others, strict=True)]
    return [Mark(*each) for each in zip(words, said, covers, away, seen, strict=True)]


def hint(p: np.ndarray, *, alternatives: bool = False) -> str:
    """What a page says before a word is chosen; nothing where words have nothing to show."""
    if has_places(p):
        return f"Point at a word, or use the arrow keys. {p.shape[1]} places; even would be {percent(1 / p.shape[1])}."
    return "Point at a word, or use the arrow keys." if alternatives else ""


def attention_html(
    photo: Image.Image,
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    *,
    alternatives: Alternatives = (),
    sentinel: np.ndarray | None = None,
    seen: Sequence[str] = (),
    others: Sequence[tuple[Sequence[str], np.ndarray]] = (),
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
        sentinel: how much of its attention each word gives to no place, (t), written under the word; None for what
            `p` lacks to 1.
        seen: for each word, what the encoder's classifier saw that made it; such words have a small mark.
        others: other captions of the photo with their weights, shown when the reader opens them.
        description: what is said for the photo where it cannot be seen.

    Raises:
        ValueError: `p`, `alternatives` or `sentinel` has not one row for each word, or n is not a square number.
    """
    mine = marks(words, p, spec, size=photo.size, alternatives=alternatives, sentinel=sentinel, seen=seen)
    first = _group(mine, "Words of the caption")
    further = "".join(
        _group(marks(*each, spec, size=photo.size), f"Words of caption {number}")
        for number, each in enumerate(others, 2)
    )
    if further:
        further = f'<details class="others">\n<summary>Other captions</summary>\n{further}</details>\n'
    photo = fit(photo, LONGEST * min(spec.frames, 2))
    width, height = photo.size
    shown = round(width * max(1, SHORTEST / max(photo.size)))
    text = escape(hint(p, alternatives=bool(alternatives)))
    return (
        f"<style>{asset('attention.css')}</style>\n"
        f'<figure class="attention" style="max-width:{max(shown, 260)}px">\n'
        f'<div class="photo" style="max-width:{shown}px"><img src="{photo_data_uri(photo)}" '
        f'width="{width}" height="{height}" alt="{escape(description)}"></div>\n'
        f'<figcaption>\n{first}<p class="said" aria-live="polite" data-hint="{text}">{text}</p>\n{further}'
        "</figcaption>\n</figure>\n"
        f"<script>{asset('attention.js')}</script>\n"
    )


def _group(shown: Sequence[Mark], label: str) -> str:
    """The words of a caption, as buttons if they have something to show."""
    if not any(mark.said for mark in shown):
        return f'<div class="words" lang="">{escape(" ".join(mark.word for mark in shown))}</div>\n'
    buttons = "\n".join(
        f'<button type="button" tabindex="{-1 if number else 0}" aria-pressed="false" data-said="{escape(said)}" '
        f'data-cover="{address}" data-away="{away}"{" data-seen" * bool(seen)}>{escape(word)}</button>'
        for number, (word, said, address, away, seen) in enumerate(shown)
    )
    return f'<div class="words" lang="" role="group" aria-label="{escape(label)}">\n{buttons}\n</div>\n'


def asset(name: str) -> str:
    """The text of a style sheet or script that pages share."""
    return files("captioner.figures").joinpath("page", name).read_text(encoding="utf-8")


def _where(weights: Map, frames: int) -> str:
    """Names the ninth of the photo, or of a frame of the strip, that holds the largest weight."""
    y, x = np.unravel_index(int(weights.argmax()), weights.shape)
    frame, within = divmod(frames * int(x), weights.shape[1])
    row = ("top", "middle", "bottom")[3 * int(y) // weights.shape[0]]
    column = ("left", "middle", "right")[3 * within // weights.shape[1]]
    place = "middle" if row == column else f"{row} {column}"
    return place if frames == 1 else f"{place} of frame {frame + 1}"


def _others(alternatives: Sequence[tuple[str, float]]) -> str:
    others = ", ".join(f"{word} {percent(probability)}" for word, probability in alternatives)
    return others and f"or: {others}"


def page(title: str, *blocks: str) -> str:
    """A whole page in the reader's light or dark colours, from blocks of HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{asset('page.css')}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(blocks) + "\n</main>\n</body>\n</html>\n"
    )
