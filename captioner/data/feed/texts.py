"""Long texts as numbers on disk, and windows over many places of them at once; a text never has to fit into memory.

A text file of any size is read in chunks, twice: to count its tokens, and to write their numbers into a store, which is
memory-mapped. Training then reads r parallel streams, each a stretch of the text, t tokens at a time:

    the text   ░░░░░░░░░░░░│░░░░░░░░░░░░│░░░░░░░░░░░░│▓▓▓▓▓   ▓ held out
    stream     0            1            2
    window     0123…        0123…        0123…                window k goes on where k - 1 ended, in every stream
"""

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from captioner.files import whole_folder, write_json
from captioner.text.tokenize import TextKind
from captioner.text.vocabulary import Vocabulary

CHUNK = 1 << 20  # bytes
Part = Literal["train", "held_out"]


class Window(NamedTuple):
    """The same stretch of time in all streams."""

    words: Int[Tensor, "r t"]
    """The tokens that are given."""
    following: Int[Tensor, "r t"]
    """The token after each."""


class Windows:
    """Parallel streams over one part of a text, window after window; the tokens that are left over are not read.

    Args:
        ids: of the tokens, in any whole-number type; may be memory-mapped.
        streams: stretches r that are read side by side.
        length: tokens t of a window; the last one is shorter where it does not divide a stream.
        start: id given before the first token of each stream.
        ranks: how many processes share the streams, and which of them this is.

    Raises:
        ValueError: there are fewer tokens than streams, or a size is below 1.
    """

    def __init__(
        self, ids: np.ndarray, *, streams: int, length: int, start: int, ranks: tuple[int, int] = (1, 0)
    ) -> None:
        if streams < 1 or length < 1:
            raise ValueError(f"streams is {streams} and window {length}, but both must be at least 1")
        if len(ids) < streams:
            raise ValueError(f"the text has {len(ids)} tokens, too few for {streams} streams; lower --data.streams")
        processes, own = ranks
        if streams < processes:
            raise ValueError(f"{streams} streams cannot be shared by {processes} processes; raise --data.streams")
        table = ids[: len(ids) // streams * streams].reshape(streams, -1)  # a view: nothing is read yet
        self.table = table[own::processes]
        self.length, self.start = length, start

    def __len__(self) -> int:
        return -(-self.table.shape[1] // self.length)

    def __getitem__(self, number: int) -> Window:
        if not 0 <= number < len(self):
            raise IndexError(f"there are {len(self)} windows, and no number {number}")
        begin, end = number * self.length, (number + 1) * self.length
        following = torch.from_numpy(self.table[:, begin:end].astype(np.int64))
        before = torch.from_numpy(self.table[:, begin - 1 : begin].astype(np.int64))
        first = before if begin else torch.full((len(following), 1), self.start)
        return Window(torch.cat([first, following[:, :-1]], dim=1), following)


@dataclass(frozen=True)
class TextStore:
    """A text as numbers on disk: `ids(part)` maps them into memory.

    Attributes:
        folder: of the store.
        vocabulary: of the train part.
    """

    folder: Path
    vocabulary: Vocabulary

    def ids(self, part: Part) -> np.ndarray:
        """The tokens of a part, memory-mapped; empty where nothing is held out."""
        path = self.folder / part
        kind = _type(len(self.vocabulary))
        return np.memmap(path, kind, "r") if path.stat().st_size else np.empty(0, kind)


def open_text(
    folder: Path, path: Path, *, tokenizer: TextKind = "characters", min_count: int = 1, held_out: float = 0.05
) -> TextStore:
    """Opens the store of a text; makes it where there is none, or where the text has changed since.

    Args:
        folder: of all stores.
        path: the text, UTF-8.
        tokenizer: `characters` or `words`.
        min_count: how often a token of the train part must occur to be known.
        held_out: share of the text, at its end, that is not trained on.

    Raises:
        FileNotFoundError: there is no such text.
        ValueError: it is not UTF-8, has no token that is frequent enough, or the share is not in 0..1.
    """
    if not 0 <= held_out < 1:
        raise ValueError(f"held_out is {held_out}, but the share of the text to be held out is from 0 to below 1")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: {'a folder, and a text file is needed' if path.is_dir() else 'no such text'}")
    facts = path.stat()
    key = f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns} {tokenizer} {min_count} {held_out}"
    store = folder / hashlib.sha256(key.encode()).hexdigest()[:16]
    edge = _letter(path, round((1 - held_out) * facts.st_size))
    if not (store / "text.json").is_file():
        vocabulary = Vocabulary.build(chunks(path, 0, edge), tokenizer, min_count)
        with whole_folder(store, made=("vocab.json", "train", "held_out", "text.json")) as new:
            vocabulary.save(new / "vocab.json")
            _write(new / "train", vocabulary, chunks(path, 0, edge))
            _write(new / "held_out", vocabulary, chunks(path, edge, facts.st_size))
            write_json(new / "text.json", {"text": str(path), "tokenizer": tokenizer, "held_out": held_out})
    return TextStore(store, Vocabulary.load(store / "vocab.json"))


def chunks(path: Path, begin: int, end: int) -> Iterator[str]:
    """The text between two bytes, part by part; parts end at a space or a line's end, so no word is cut.

    Raises:
        ValueError: it is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest, left = "", end - begin
    with path.open("rb") as file:
        file.seek(begin)
        while block := file.read(min(CHUNK, left)):
            left -= len(block)
            try:
                text = rest + decoder.decode(block, final=not left)
            except UnicodeDecodeError:
                raise ValueError(f"{path} is not UTF-8 text; save it as UTF-8") from None
            cut = (1 + max(text.rfind(" "), text.rfind("\n")) or len(text)) if left else len(text)
            yield text[:cut].replace("\r\n", "\n").removeprefix("\ufeff")
            rest = text[cut:]


def _letter(path: Path, position: int) -> int:
    """The first byte from there on that begins a letter."""
    with path.open("rb") as file:
        file.seek(position)
        following = file.read(4)
    return position + next((place for place, byte in enumerate(following) if byte >> 6 != 0b10), len(following))


def _write(path: Path, vocabulary: Vocabulary, texts: Iterator[str]) -> None:
    """Writes the ids of a part."""
    with path.open("wb") as file:
        for text in texts:
            np.array(vocabulary.encode(text), _type(len(vocabulary))).tofile(file)


def _type(vocabulary: int) -> type[np.unsignedinteger]:
    """The smallest type that holds every id."""
    return np.uint8 if vocabulary <= 1 << 8 else np.uint16 if vocabulary <= 1 << 16 else np.uint32
