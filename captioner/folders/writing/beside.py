"""Files beside photos: a text file or an XMP sidecar a photo."""

import shutil
from abc import abstractmethod
from pathlib import Path
from typing import Protocol

from captioner.files import check_file, whole
from captioner.folders.writing.packet import ALT_TEXT, CAPTION, DESCRIPTION, EMPTY, MODEL, Packet
from captioner.folders.writing.policy import Policy


class Beside(Protocol):
    """One kind of file."""

    @abstractmethod
    def wants(self, place: Path, policy: Policy) -> bool:
        """Whether a caption would change what is there.

        Raises:
            ValueError: what is there cannot be read.
        """

    @abstractmethod
    def write(self, place: Path, caption: str, model: str, policy: Policy) -> None:
        """Writes it, whole or not at all.

        Raises:
            ValueError: what is there cannot be read.
            OSError: it cannot be written.
        """


class Texts(Beside):
    """`photo.txt` or `photo.caption`: the caption and nothing else, as trainers of image generators read it."""

    def wants(self, place: Path, policy: Policy) -> bool:
        """An empty file says nothing, so it is as none."""
        return policy.done != "skip" or not _text(place, content(place)).strip()

    def write(self, place: Path, caption: str, model: str, policy: Policy) -> None:
        """Who wrote what stands there cannot be told, so `overwrite` means it."""
        before, new = content(place), policy.worded(caption)
        old = _text(place, before)
        if policy.done in ("append", "prepend") and old.strip():
            new = policy.joined(old, new)
        elif policy.done == "skip" and old.strip():  # somebody was faster
            return
        replace(place, before, f"{new.rstrip()}\n".encode())


class Sidecars(Beside):
    """XMP: the description and the alternative text, and beside them what we said and which model said it.

    A text that is not, letter for letter, what we said belongs to a person, even if it was ours once: it is kept.
    """

    def wants(self, place: Path, policy: Policy) -> bool:
        """Something of ours is there, or texts of a person in both places: then it is done."""
        packet = _packet(place, content(place))
        if policy.done == "overwrite":
            texts = (packet.text(name) for name in (DESCRIPTION, ALT_TEXT))
            return any(not text or _same(text, packet.text(CAPTION)) for text in texts)
        if packet.text(CAPTION):
            return False
        return policy.done != "skip" or not (packet.text(DESCRIPTION) and packet.text(ALT_TEXT))

    def write(self, place: Path, caption: str, model: str, policy: Policy) -> None:
        """Sets what is missing or ours; all other bytes stay as they are."""
        before = content(place)
        packet, new = _packet(place, before), policy.worded(caption)
        texts = {}
        for name in (DESCRIPTION, ALT_TEXT):
            old, ours = packet.text(name), packet.text(CAPTION)
            if not old or (policy.done == "overwrite" and _same(old, ours)):
                texts[name] = new
            elif policy.done in ("append", "prepend"):
                texts[name] = policy.joined(old, new)
        if texts:
            replace(place, before, packet.with_texts({**texts, CAPTION: new, MODEL: model}))


def described(place: Path) -> tuple[str, bool]:
    """What a sidecar says of its photo, and whether a model said it; empty where it says nothing.

    Raises:
        ValueError: it cannot be read.
    """
    packet = _packet(place, content(place))
    text = packet.text(DESCRIPTION)
    return text, bool(text) and _same(text, packet.text(CAPTION))


def describe(place: Path, text: str) -> None:
    """Writes what a person says of a photo; an alternative text of their own stays.

    Raises:
        ValueError, OSError: as `Sidecars.write`.
    """
    old = content(place)
    packet = _packet(place, old)
    theirs = packet.text(ALT_TEXT)
    ours = not theirs or any(_same(theirs, packet.text(name)) for name in (DESCRIPTION, CAPTION))
    replace(place, old, packet.with_texts({name: text for name in (DESCRIPTION, ALT_TEXT)[: 1 + ours]}))


def _same(one: str, other: str) -> bool:
    """Programs that write a sidecar anew change white space."""
    return one.split() == other.split()


def _packet(place: Path, data: bytes) -> Packet:
    try:
        return Packet.read(data if data.strip() else EMPTY)
    except ValueError as error:
        raise ValueError(f"{place} {error}") from None


def _text(place: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{place} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def content(place: Path) -> bytes:
    """What is there; nothing where there is no file."""
    try:
        check_file(place)
        return place.read_bytes()
    except FileNotFoundError:
        return b""
    except IsADirectoryError:
        raise ValueError(f"{place} is a folder, where a file is to be written; rename it") from None


def replace(place: Path, old: bytes, new: bytes) -> None:
    """Writes what is new, unless somebody changed the file meanwhile; its permissions stay."""
    if new == old:
        return
    with whole(place) as temporary:
        temporary.write_bytes(new)
        if place.exists():
            shutil.copymode(place, temporary)
        if content(place) != old:
            raise ValueError(f"{place} was changed by another program just now, and is left as it is; run this again")
