"""XML with the place of every element and attribute in its bytes, read safely.

defusedxml reads it first: entities and document types, with which a small file becomes gigabytes or reads others, are
refused.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

LARGEST = 50_000_000  # bytes; the sidecar of a photo with many painted masks has a few million
ATTRIBUTE = re.compile(rb"""\s+([^\s=<>/]+)\s*=\s*("[^"]*"|'[^']*')""")
TAG = re.compile(rb"<([^\s/>]+)")
BOM = b"\xef\xbb\xbf"


class Attribute(NamedTuple):
    """What it says, and where that stands between its quotes."""

    text: str
    start: int
    end: int


@dataclass
class Element:
    """One element.

    Attributes:
        name: namespace and local name, with a space between them.
        start: of its start tag.
        attributes: by name, as above.
        content: where the content begins and ends; None for an element without an end tag, `<a/>`.
        end: the byte behind all of it.
        text: directly in it.
        children: elements directly in it.
    """

    name: str
    start: int
    attributes: dict[str, Attribute]
    content: tuple[int, int] | None = None
    end: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def value(self, attribute: str) -> str:
        """What an attribute says; empty if it is not there."""
        return self.attributes[attribute].text if attribute in self.attributes else ""

    def tag(self, data: bytes) -> bytes:
        """Its name as it is written."""
        found = TAG.match(data, self.start)
        assert found is not None
        return found[1]


def elements(data: bytes) -> Element:
    """Reads it; gives the outermost element.

    Raises:
        ValueError: it is too large, not in UTF-8, no XML, or not safe; the message goes on from the file's name.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(data) > LARGEST:
        raise ValueError(f"has {len(data) / 1e6:.0f} MB, more than the {LARGEST / 1e6:.0f} that are read")
    try:
        data.decode("utf-8")
        fromstring(data, forbid_dtd=True)
        return _Reader(data).root
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except (ParseError, DefusedXmlException, expat.ExpatError, ValueError, LookupError) as error:
        raise ValueError(f"is no XML that is safe to read ({str(error) or type(error).__name__})") from None


class _Reader:
    """Reads UTF-8, and keeps the outermost element."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.shift = len(BOM) if data.startswith(BOM) else 0  # so that places are those of the file
        self.open: list[Element] = []
        parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        self.parser = parser
        parser.Parse(data[self.shift :], True)

    def _start(self, name: str, attributes: list[str]) -> None:
        start = self.shift + self.parser.CurrentByteIndex
        raw, close = self._tag(start)
        each = zip(attributes[::2], attributes[1::2], raw, strict=True)  # in the order of the file
        placed = {_plain(name): Attribute(text, found.start(2) + 1, found.end(2) - 1) for name, text, found in each}
        element = Element(_plain(name), start, placed)
        if self.data[close - 2 : close] == b"/>":
            element.end = close
        else:
            element.content = close, close
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _tag(self, start: int) -> tuple[list[re.Match[bytes]], int]:
        """The attributes of a start tag but for those that declare prefixes, and the byte behind it."""
        found = TAG.match(self.data, start)
        assert found is not None
        attributes, place = [], found.end()
        while attribute := ATTRIBUTE.match(self.data, place):
            place = attribute.end()
            if attribute[1] != b"xmlns" and not attribute[1].startswith(b"xmlns:"):
                attributes.append(attribute)
        return attributes, self.data.index(b">", place) + 1

    def _end(self, name: str) -> None:
        element = self.open.pop()
        if element.content is not None:
            end = self.shift + self.parser.CurrentByteIndex
            element.content = element.content[0], end
            element.end = self.data.index(b">", end) + 1

    def _said(self, text: str) -> None:
        self.open[-1].text += text


def _plain(name: str) -> str:
    """A name without its prefix."""
    return " ".join(name.split(" ")[:2])
