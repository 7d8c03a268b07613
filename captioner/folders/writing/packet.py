"""An XMP packet, changed in place: the few bytes of a property, and all others as they were.

XMP is RDF in XML (ISO 16684-1). Everybody writes it differently: properties as attributes or as elements, in one
`rdf:Description` or in many, with any prefix. So the parser only tells where each of our properties stands, and the
change is made in the bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from captioner import __version__
from captioner.folders.writing.xml import Element, elements

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
IPTC = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
OURS = "https://github.com/captioner/captioner/ns/1.0/"
DESCRIPTION, ALT_TEXT = f"{DC} description", f"{IPTC} AltTextAccessibility"
CAPTION, MODEL = f"{OURS} Caption", f"{OURS} Model"
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
PREFIXES = {RDF: "rdf", DC: "dc", IPTC: "Iptc4xmpCore", OURS: "captioner"}
LANGUAGES = (DESCRIPTION, ALT_TEXT)
"""Properties that are lists with a text a language, of which `x-default` is the one to show."""

EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="captioner {__version__}">
 <rdf:RDF xmlns:rdf="{RDF}">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
""".encode()
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Place:
    """Where a property's text stands.

    Attributes:
        text: what it says; empty if it says nothing.
        start: the first byte that another text takes the place of.
        end: the one behind the last.
        before: bytes that another text needs before it there.
        after: bytes that it needs behind it.
    """

    text: str
    start: int
    end: int
    before: bytes = b""
    after: bytes = b""


@dataclass
class Packet:
    """A sidecar's bytes, and where our properties stand in it.

    Attributes:
        data: the bytes.
        places: the properties that are there.
        end: where the list of all properties ends, with the bytes that something new needs before and behind it.
        about: of which resource the properties are, as it is written there; mostly empty.
        prefixed: whether RDF's names begin with `rdf:` there, as they mostly do.
    """

    data: bytes
    places: dict[str, Place] = field(default_factory=dict)
    end: Place = field(default_factory=lambda: Place("", 0, 0))
    about: str = ""
    prefixed: bool = True

    @classmethod
    def read(cls, data: bytes) -> "Packet":
        """Looks through a packet.

        Raises:
            ValueError: it is no XMP, or not safe to read; the message goes on from the file's name ("is no XML …").
        """
        packet = cls(data)
        root = elements(data)
        rdf = next((each for each in (root, *root.children) if each.name == f"{RDF} RDF"), None)
        if rdf is None:
            raise ValueError("is XML but no XMP: it has no rdf:RDF")
        packet.end, packet.prefixed = _inside(data, rdf), rdf.tag(data) == b"rdf:RDF"
        blocks = [each for each in rdf.children if each.name == f"{RDF} Description"]
        if blocks:
            packet.about = blocks[0].value(f"{RDF} about")
        for block in blocks:
            packet._look_at(block)
        return packet

    def _look_at(self, block: Element) -> None:
        for name, attribute in block.attributes.items():
            if name in (*LANGUAGES, CAPTION, MODEL):
                self.places[name] = Place(attribute.text, attribute.start, attribute.end)
        for each in block.children:
            if each.name in LANGUAGES:
                self.places[each.name] = _of_languages(self.data, each)
            elif each.name in (CAPTION, MODEL):
                self.places[each.name] = _whole(self.data, each)

    def text(self, name: str) -> str:
        """What a property says; empty if it is not there."""
        return self.places[name].text.strip() if name in self.places else ""

    def with_texts(self, texts: Mapping[str, str]) -> bytes:
        """The packet with these properties set; every other byte is as it was."""
        changes = [(self.places[name], _escaped(text)) for name, text in texts.items() if name in self.places]
        fresh = {name: text for name, text in texts.items() if name not in self.places}
        if fresh:
            changes.append((self.end, self._block(fresh)))
        data = self.data
        for place, written in sorted(changes, key=lambda change: change[0].start, reverse=True):
            data = data[: place.start] + place.before + written + place.after + data[place.end :]
        return data

    def _block(self, texts: Mapping[str, str]) -> bytes:
        """A new block of properties for the end of the list."""
        lines = []
        for name, text in texts.items():
            space, _, local = name.partition(" ")
            opening, closing = (f"<{slash}{PREFIXES[space]}:{local}>".encode() for slash in ("", "/"))
            if name in LANGUAGES:
                opening, closing = _wrapping(name, declared=True)
            lines.append(b"   " + opening + _escaped(text) + closing)
        spaces = sorted({name.partition(" ")[0] for name in texts} | ({RDF} if not self.prefixed else set()))
        known = "".join(f'\n    xmlns:{PREFIXES[space]}="{space}"' for space in spaces)
        opening = f"  <rdf:Description rdf:about={quoteattr(self.about)}{known}>".encode()
        before = self.data[: self.end.start]
        line = before[before.rfind(b"\n") + 1 :]
        indent = b"" if line.strip() else line  # of the end tag before which it stands
        start = b"\n" if line.strip() else b""
        written = b"\n".join([opening, *lines, b"  </rdf:Description>"])
        return start + written.removeprefix(indent) + b"\n" + indent


def _inside(data: bytes, element: Element) -> Place:
    """Where an element's content ends; an element without content gets an end tag."""
    if element.content is not None:
        return Place(element.text, element.content[1], element.content[1])
    slash = data.rindex(b"/", element.start, element.end)
    return Place("", slash, element.end, b">", b"</" + element.tag(data) + b">")


def _whole(data: bytes, element: Element) -> Place:
    """All of an element's content."""
    place = _inside(data, element)
    return place if element.content is None else Place(element.text, *element.content)


def _of_languages(data: bytes, element: Element) -> Place:
    """The text to show of a property with a text a language: x-default, or the first that is not empty.

    Where all are empty, the new text takes the place of the whole property.
    """
    items = [
        item for alt in element.children for item in alt.children if item.name == f"{RDF} li" and item.text.strip()
    ]
    default = next((item for item in items if item.value(LANGUAGE) == "x-default"), None)
    if default is not None or items:
        return _whole(data, default or items[0])
    if not element.children and element.text.strip():
        return _whole(data, element)
    before, after = _wrapping(element.name, declared=False)
    return Place("", element.start, element.end, before, after)


def _wrapping(name: str, *, declared: bool) -> tuple[bytes, bytes]:
    """What stands around the text of a property with languages; `declared` if its prefixes are known around it."""
    space, _, local = name.partition(" ")
    tag = f"{PREFIXES[space]}:{local}"
    known = "" if declared else f' xmlns:{PREFIXES[space]}="{space}" xmlns:rdf="{RDF}"'
    before = f'<{tag}{known}>\n    <rdf:Alt>\n     <rdf:li xml:lang="x-default">'
    return before.encode(), f"</rdf:li>\n    </rdf:Alt>\n   </{tag}>".encode()


def _escaped(text: str) -> bytes:
    """Text as it may stand in an element and in an attribute; letters that XML cannot hold are left out."""
    return escape(ILLEGAL.sub("", text), {'"': "&quot;", "'": "&#39;"}).encode("utf-8")
