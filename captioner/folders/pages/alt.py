"""Alternative texts are put into a page: a few letters in the tags that lack one, and nothing else is touched."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from html import escape
from pathlib import Path

from captioner.files import check_file
from captioner.folders.pages.images import MARK, Lacking, images, line_of, local
from captioner.inference import Captioned, Unreadable

LARGEST = 50_000_000  # bytes

Captions = Callable[[Iterable[Path]], Iterator[Captioned[Path] | Unreadable[Path]]]


@dataclass
class Filled:
    """A page with alternative texts.

    Attributes:
        before, after: what the page says, byte for byte.
        filled: how many images got a text.
        told: how many had one.
        decorative: how many need none.
        failed: a sentence about every image that lacks one and could not be captioned.
    """

    before: bytes
    after: bytes
    filled: int
    told: int
    decorative: int
    failed: list[str]

    def diff(self, name: str) -> Iterator[str]:
        """What is changed, as `diff -u` shows it."""
        old, new = (text.decode("utf-8", "backslashreplace").splitlines() for text in (self.before, self.after))
        return unified_diff(old, new, name, name, lineterm="")


def fill(page: Path, captions: Captions, model: str) -> Filled:
    """Captions the images of a page that lack an alternative text, each file once; writes nothing.

    Args:
        page: an HTML file, in whose folder the images lie.
        captions: says captions of a stream of photos, in its order.
        model: its name, which marks what it wrote.

    Raises:
        FileNotFoundError: there is no such page.
        ValueError: it is no page that can be read.
    """
    before = _content(page)
    text = before.decode("utf-8", "surrogateescape")
    found = images(text)
    if found.based:
        raise ValueError(f"{page} has a <base>, so its images lie elsewhere; take it out, or fill in the page it names")
    files: dict[Path, list[Lacking]] = {}
    failed = []
    for image in found.lacking:
        try:
            files.setdefault(local(image.source, page.parent), []).append(image)
        except (ValueError, FileNotFoundError) as error:
            failed.append(f"{page} line {line_of(text, image.place)}: {error}")
    texts: dict[int, str] = {}
    for said in captions(files):
        if isinstance(said, Unreadable):
            failed.append(said.reason)
        else:
            texts |= {image.place: said.text for image in files[said.source]}
    after = _with_texts(text, texts, model).encode("utf-8", "surrogateescape")
    return Filled(before, after, len(texts), found.told, found.decorative, failed)


def _with_texts(page: str, texts: Mapping[int, str], model: str) -> str:
    """Puts attributes in at these places; in letters that every encoding has, unless the page is surely UTF-8."""
    plain = page.isascii() or any("\udc80" <= letter <= "\udcff" for letter in page)
    for place, text in sorted(texts.items(), reverse=True):
        given = f' alt="{escape(text)}" {MARK}="{escape(model)}"'
        given = given.encode("ascii", "xmlcharrefreplace").decode() if plain else given
        page = page[:place] + given + page[place:]
    return page


def _content(page: Path) -> bytes:
    try:
        check_file(page)
        content = page.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{page}: no such page") from None
    except IsADirectoryError:
        raise ValueError(f"{page} is a folder, and an HTML file is needed") from None
    if len(content) > LARGEST:
        raise ValueError(f"{page} has {len(content) / 1e6:.0f} MB, more than the {LARGEST / 1e6:.0f} that are read")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:1000]:
        raise ValueError(f"{page} is not in an encoding of the web, such as UTF-8; save it as UTF-8")
    return content
