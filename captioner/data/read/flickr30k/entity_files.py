"""Flickr30k Entities' files as they are: a folder or a ZIP file, and what one of its XML and text files says.

The XML is read by defusedxml, which expands no entities; a ZIP file is read member by member.
"""

import lzma
import re
import zlib
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from captioner.data.read.boxes import Box
from captioner.text.tokenize import words

PHRASE = re.compile(r"\[/EN#(?P<entity>\d+)/(?P<kinds>[a-z/]+) (?P<text>[^\[\]]*)\]")
LARGEST = 1_000_000  # bytes of a member; the largest of the data set has 20,000
# What reading a member raises if it is damaged, packed in a way that is unknown, or encrypted.
DAMAGE = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error, lzma.LZMAError)
SIDES = ("xmin", "ymin", "xmax", "ymax")


class Marked(NamedTuple):
    """A phrase in a sentence: its letters from `start` to before `end`, and what it names."""

    start: int
    end: int
    text: str
    entity: str
    kinds: tuple[str, ...]


class Sentence(NamedTuple):
    """A caption as the annotations have it, its letters without gaps."""

    letters: str
    phrases: tuple[Marked, ...]


class Members:
    """The files in the folder or the ZIP file.

    Args:
        path: the one or the other.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is neither, or has not the layout.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: ZipFile | None = None
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such folder or ZIP file of Flickr30k Entities")
        if path.is_dir():
            rooms = {each.name for each in path.iterdir() if each.is_dir()}
        else:
            try:
                self._zip = ZipFile(path)
            except (BadZipFile, NotImplementedError):
                raise ValueError(f"{path} is neither a folder nor a ZIP file of Flickr30k Entities") from None
            rooms = {name.partition("/")[0] for name in self._zip.namelist() if "/" in name}
        if lacking := sorted({"Annotations", "Sentences"} - rooms):
            raise ValueError(f"{path} has no folder {' and no folder '.join(lacking)}, as Flickr30k Entities has")

    def read(self, name: str) -> str | None:
        """A file's text; None where there is none.

        Raises:
            ValueError: it is damaged, too large, or not UTF-8.
        """
        where = f"{self.path}: {name}"
        try:
            with self._zip.open(name) if self._zip else (self.path / name).open("rb") as file:
                content = file.read(LARGEST + 1)
        except (KeyError, FileNotFoundError):
            return None
        except DAMAGE as error:
            raise ValueError(f"{where} cannot be read ({error}); fetch the file again") from None
        if len(content) > LARGEST:
            raise ValueError(f"{where} has more than {LARGEST:,} bytes, which no annotation has")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{where} is not UTF-8 text (byte {error.start})") from None


def read_boxes(text: str, where: str) -> dict[str, tuple[Box, ...]]:
    """The boxes of each entity in shares of the photo, from what `Annotations/NUMBER.xml` says.

    Its pixels are counted from 1 and a box holds its last one, so a box begins at xmin - 1 and ends at xmax.

    Raises:
        ValueError: it is no XML, or lacks something; `where` begins the message.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"{where} is no XML that is safe to read ({error})") from None
    width, height = (_number(root, f"size/{side}", where) for side in ("width", "height"))
    found: dict[str, tuple[Box, ...]] = {}
    for each in root.iter("object"):
        if each.find("bndbox") is None:  # a scene, or something without a box
            continue
        x0, y0, x1, y1 = (_number(each, f"bndbox/{side}", where) for side in SIDES)
        if not (1 <= x0 <= x1 <= width and 1 <= y0 <= y1 <= height):
            raise ValueError(f"{where}: box {x0, y0, x1, y1} does not lie within {width} x {height} pixels")
        box = (x0 - 1) / width, (y0 - 1) / height, x1 / width, y1 / height
        for name in each.findall("name"):
            entity = (name.text or "").strip()
            found[entity] = (*found.get(entity, ()), box)
    return found


def _number(node: Any, path: str, where: str) -> int:
    value = node.findtext(path)
    if value is None or not value.strip().isdecimal():
        raise ValueError(f"{where}: {path} must be a whole number, not {value!r:.40}")
    return int(value)


def read_sentence(line: str, where: str) -> Sentence:
    """One line of `Sentences/NUMBER.txt`, a caption.

    Raises:
        ValueError: a phrase is not as it should be; `where` begins the message.
    """
    letters, end, phrases = "", 0, []
    for match in PHRASE.finditer(line):
        letters += "".join(words(line[end : match.start()]))
        whole = letters + "".join(words(match["text"]))
        phrases.append(Marked(len(letters), len(whole), match["text"], match["entity"], (*match["kinds"].split("/"),)))
        letters, end = whole, match.end()
    if "[/EN#" in PHRASE.sub("", line):
        raise ValueError(f"{where}: a phrase reads [/EN#number/kind words], not {line!r:.80}")
    return Sentence(letters + "".join(words(line[end:])), tuple(phrases))
