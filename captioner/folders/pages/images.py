"""The images of a page, and which of them lack an alternative text."""

from bisect import bisect_right
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

MARK = "data-alt-by"
"""The attribute that says which model wrote an image's alternative text."""


@dataclass(frozen=True)
class Lacking:
    """An image without an alternative text.

    Attributes:
        place: of the letter behind `<img`, where attributes may be put.
        source: what its `src` says; empty where it has none.
    """

    place: int
    source: str


@dataclass
class Images:
    """The images of a page.

    Attributes:
        lacking: those without an alternative text.
        told: how many have one.
        decorative: how many say that they need none: `alt=""`, or hidden from readers of screens.
        based: whether addresses are relative to something else than the page.
    """

    lacking: list[Lacking]
    told: int = 0
    decorative: int = 0
    based: bool = False


def images(page: str) -> Images:
    """Looks through a page as a browser would; what stands in comments and scripts is no image."""
    reader = _Reader(page)
    reader.feed(page)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Notes images."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found = Images([])
        self.lines = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag, also one that ends itself."""
        given = dict(reversed(attrs))  # of two with one name, the first counts
        if tag == "base" and "href" in given:
            self.found.based = True
        if tag != "img":
            return
        if given.get("alt"):
            self.found.told += 1
        elif "alt" in given or given.get("role") in ("none", "presentation") or given.get("aria-hidden") == "true":
            self.found.decorative += 1
        else:
            line, column = self.getpos()
            place = self.lines[line - 1] + column + len("<img")
            self.found.lacking.append(Lacking(place, (given.get("src") or "").strip()))


def line_of(page: str, place: int) -> int:
    """The number of the line in which a letter stands."""
    ends = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
    return bisect_right(ends, place)


def local(source: str, folder: Path) -> Path:
    """The file in the page's folder, or below it, that an image shows.

    Raises:
        ValueError: it is none; the message goes on from the image's line ("has no src").
        FileNotFoundError: it does not exist.
    """
    if not source:
        raise ValueError("has no src")
    try:
        parts = urlsplit(source)
    except ValueError:
        raise ValueError(f"{source!r:.80} is no address") from None
    if parts.scheme or parts.netloc:
        raise ValueError(f"{source!r:.80} is not in the page's folder; it is not fetched")
    name = unquote_to_bytes(parts.path.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    if "\0" in name:
        raise ValueError(f"{source!r:.80} is no address")
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{source!r:.80} lies outside the page's folder")
    if not path.is_file():
        raise FileNotFoundError(f"{source!r:.80}: no such file")
    return path
