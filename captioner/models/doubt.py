"""How often what a model says is right, by how probable the model finds it: `doubt.json` of a bundle or an export.

`captioner calibrate` writes it. A level is a log-probability in nats: of a caption the mean of its words and its end,
of an answer its own. A share, from 0 to 1, is what part was right at that level on photos it was not trained on: of a
caption the nouns that one of the photo's own captions has too, of an answer its accuracy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from captioner.files import read_json, write_json
from captioner.models.inside import JSON_BYTES, has, inside

FILE = "doubt.json"
Said = Literal["sure", "likely", "a guess"]
SURE, LIKELY = 0.8, 0.6
"""Shares from which words for them are used."""


@dataclass(frozen=True)
class Doubt:
    """A curve from levels to shares, straight between its points and level beyond them.

    Attributes:
        levels: rising.
        shares: of these levels; never falling.
        counted: captions, or answers, that it was made from.
        source: the file they were compared with, its name only.

    Raises:
        ValueError: it is no such curve.
    """

    levels: tuple[float, ...]
    shares: tuple[float, ...]
    counted: int
    source: str

    def __post_init__(self) -> None:
        levels, shares = np.asarray(self.levels, float), np.asarray(self.shares, float)
        whole = levels.ndim == 1 and len(levels) == len(shares) > 0 and np.isfinite([*levels, *shares]).all()
        if not (whole and (np.diff(levels) > 0).all() and (np.diff(shares) >= 0).all() and shares[0] >= 0):
            raise ValueError("levels must rise, and shares must not fall, as many of them")
        if shares[-1] > 1:
            raise ValueError(f"a share is {shares[-1]}, but none is above 1")

    def share(self, level: float) -> float:
        """What part is right at a level."""
        return float(np.interp(level, self.levels, self.shares))


Doubts = Mapping[str, Doubt]


def in_words(share: float) -> Said:
    """A share, told to a person."""
    return "sure" if share >= SURE else "likely" if share >= LIKELY else "a guess"


def load_doubts(folder: Path) -> dict[str, Doubt]:
    """By head, `captions` or `answers`, what was calibrated; nothing where nothing was.

    Raises:
        ValueError: the file is malformed, or no file of the folder's own.
    """
    if not has(folder, FILE):
        return {}
    path = inside(folder, FILE, at_most=JSON_BYTES)
    content: Any = read_json(path)
    try:
        return {
            head: Doubt(tuple(one["levels"]), tuple(one["shares"]), int(one["counted"]), str(one["source"]))
            for head, one in content.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no calibration ({error}); `captioner calibrate` makes one") from None


def save_doubts(folder: Path, doubts: Doubts) -> None:
    """Writes the file, or nothing where there is nothing to tell."""
    if doubts:
        write_json(folder / FILE, {head: vars(one) for head, one in doubts.items()})
