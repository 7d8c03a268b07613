"""What every unit of a network did at every token of a text: one gate, cell or hidden state, read side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import torch

from captioner.images import pixels
from captioner.models.bundle import Bundle
from captioner.nn.core.cells import CellName, Gates
from captioner.photos import read_photo
from captioner.recurrence.saturation import Saturation, Shares

GATES: dict[CellName, str] = {"rnn": "h", "lstm": "cifogh", "gru": "hrzn"}
"""What can be looked at, by the letters of `captioner.nn.core.cells`; the first is looked at by default."""
STRETCH, WARMING = 1000, 200  # tokens that a row reads and shows; that it reads before, only to know where it is


class Unit(NamedTuple):
    """One unit of a recurrent network."""

    layer: int
    """From 1."""
    number: int
    """From 0."""

    def __str__(self) -> str:
        return f"{self.layer}:{self.number}"

    @classmethod
    def parse(cls, text: str, *, layers: int, size: int) -> "Unit":
        """Reads `LAYER:NUMBER`.

        Raises:
            ValueError: it is written otherwise, or there is no such unit.
        """
        layer, _, number = text.partition(":")
        if not (layer.isdigit() and number.isdigit() and 1 <= int(layer) <= layers and int(number) < size):
            raise ValueError(f"unit {text!r} is none of 1:0 to {layers}:{size - 1} (layer:number)")
        return cls(int(layer), int(number))


@dataclass(frozen=True, eq=False)
class Activations:
    """A text with what every unit did after reading each of its tokens.

    Attributes:
        tokens: w texts, which joined are the whole text; a word has the space or line's end behind it.
        values: (w, l·h) in float32, layer after layer.
        size: units of a layer, h.
        gate: the letter of what they are.
        saturation: how often each gate was shut or open; empty for a part.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    size: int
    gate: str
    saturation: Mapping[str, Shares] = field(default_factory=dict)

    @property
    def units(self) -> list[Unit]:
        """All units, in the order of the columns."""
        return [Unit(1 + place // self.size, place % self.size) for place in range(self.values.shape[1])]

    def of(self, unit: Unit) -> np.ndarray:
        """One unit's values, (w)."""
        return self.values[:, (unit.layer - 1) * self.size + unit.number]

    def part(self, begin: int, end: int) -> "Activations":
        """A stretch of it."""
        return Activations(self.tokens[begin:end], self.values[begin:end], self.size, self.gate)


def gate_of(cell: CellName, gate: str | None) -> str:
    """The gate that is asked for, by default the cell's first in `GATES`.

    Raises:
        ValueError: the cell has no such gate.
    """
    assert cell in get_args(CellName)
    if gate is not None and (len(gate) != 1 or gate not in GATES[cell]):
        raise ValueError(f"gate {gate!r} is none of the {cell}'s: {', '.join(GATES[cell])}")
    return GATES[cell][0] if gate is None else gate


def beginning(path: Path, most: int) -> str:
    """The first so many letters of a text file; the rest is not read.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: they are not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(most)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such text") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text; save it as UTF-8") from None


@torch.inference_mode()
def read_text(bundle: Bundle, text: str, *, gate: str | None = None) -> Activations:
    """What a language model's units do while they read a text.

    The text is cut into stretches that are read side by side. Each but the first has a few hundred tokens before it to
    begin with, so its units know where they are, but nothing of what lies further back.

    Raises:
        ValueError: the text is empty, the bundle is no language model, or its cell has no such gate.
    """
    gate = gate_of(bundle.settings.core.cell, gate)
    vocabulary = bundle.vocabulary
    ids = vocabulary.encode(text)
    if not ids:
        raise ValueError("the text has no token, so there is nothing to read")
    if bundle.network.text is None:
        raise ValueError("this bundle sees photos, so it reads captions of photos: give --captions instead of --text")
    stretch = min(STRETCH, len(ids))
    padded = torch.tensor([vocabulary.start] * WARMING + ids + [vocabulary.end] * (-len(ids) % stretch))
    rows = padded.unfold(0, WARMING + stretch, stretch)
    state = bundle.network.read(rows[:, : WARMING - 1]).state
    for part in state:
        part[:, 0] = 0  # the text begins here, with one start word before it
    state = bundle.network.read(rows[:, WARMING - 1 : WARMING], state).state
    shown, saturation = [], Saturation(bundle.settings.core.cell)
    real = (torch.arange(len(rows) * stretch) < len(ids)).view(-1, stretch)
    # few at once: all gates of all layers are kept meanwhile
    for words, counted in zip(*(torch.split(part, 100, dim=1) for part in (rows[:, WARMING:], real)), strict=True):
        _, _, state, gates = bundle.network.read(words, state, gates=True)
        saturation.add(gates, counted)
        shown.append(torch.cat([layer[gate] for layer in gates], dim=2))
    values = torch.cat(shown, dim=1).flatten(0, 1)[: len(ids)]
    tokens = vocabulary.cut(text)  # as written, those that the network does not know, too
    if vocabulary.tokenizer == "words":
        tokens = [f"{token} " for token in tokens]
    size = bundle.settings.core.state
    return Activations(tuple(tokens), values.float().numpy(), size, gate, saturation.shares)


@torch.inference_mode()
def read_captions(
    bundle: Bundle,
    captioned: Iterable[tuple[Path, Sequence[str]]],
    *,
    gate: str | None = None,
    max_pixels: int | None = None,
) -> Activations:
    """What a captioner's units do while they are given captions of photos, word by word; each caption is a line.

    Args:
        captioned: photos, each with its captions.
        max_pixels: pixels that a photo may have, as in `read_photo`.

    Raises:
        ValueError: no caption has a word, a photo cannot be read, the bundle was not trained on captions, or its cell
            has no such gate.
        FileNotFoundError: a photo is not there.
    """
    gate = gate_of(bundle.settings.core.cell, gate)
    vocabulary, network = bundle.vocabulary, bundle.network
    if network.captions is None:
        raise ValueError("this bundle was not trained on captions: give --text if it is a language model")
    tokens: list[str] = []
    values, saturation = [], Saturation(bundle.settings.core.cell)
    for photo, captions in captioned:
        spoken = [cut for caption in captions if (cut := vocabulary.cut(caption))]
        said = [[vocabulary.ids.get(word, vocabulary.unknown) for word in cut] for cut in spoken]
        if not said:
            continue
        seen = pixels(read_photo(photo, at_least=bundle.image.size, max_pixels=max_pixels), bundle.image)
        memory = network.look(torch.from_numpy(seen[None]))
        lengths = torch.tensor([1 + len(ids) for ids in said])
        rows = [torch.tensor([vocabulary.begin(), *ids]) for ids in said]
        words = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=vocabulary.pad)
        read = network.caption(memory, words, lengths, gates=True)
        packed = _gate(read.trace.gates, gate)
        saturation.add(read.trace.gates, read.plan.times > 0)
        for row, written in enumerate(spoken):
            values.append(packed[(read.plan.rows == row) & (read.plan.times > 0)])  # the start word is no word
            tokens += [f"{word} " for word in written[:-1]] + [f"{written[-1]}\n"]
    if not tokens:
        raise ValueError("no caption has a word, so there is nothing to read")
    size = bundle.settings.core.state
    return Activations(tuple(tokens), torch.cat(values).float().numpy(), size, gate, saturation.shares)


def _gate(gates: list[Gates], name: str) -> torch.Tensor:
    return torch.cat([layer[name] for layer in gates], dim=1)
