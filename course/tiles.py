"""The little world of notebooks 5 to 8: a coloured shape or two on 4 x 4 tiles, in pictures of 64 x 64 pixels.

Colours, shapes and the brush are those of the made-up scenes in `captioner/data/scenes`. Here a shape fills one tile:
a network learns the whole world in seconds, and you can say at which tile it should look.
"""

from collections.abc import Sequence
from itertools import product
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, fx, nn

from captioner.data.scenes.layout import bounds, outline
from captioner.data.scenes.scene import COLOURS, SHAPES, Scene, Thing
from captioner.data.scenes.writing import draw
from captioner.nn.encoder.cutting import Parts

SIDE, TILES = 64, 4
RADIUS = 5.8  # pixels; a star's points just stay on their tile


class Piece(NamedTuple):
    """A thing on the board."""

    colour: str
    shape: str
    tile: int
    """From 0 to 15, in reading order."""

    @property
    def corner(self) -> str:
        """The quarter of the board where it lies."""
        y, x = divmod(self.tile, TILES)
        return f"{'top' if y < TILES / 2 else 'bottom'} {'left' if x < TILES / 2 else 'right'}"

    @property
    def phrase(self) -> str:
        """Colour, shape and corner."""
        return f"a {self.colour} {self.shape} {self.corner}"


class Board(NamedTuple):
    """One picture of the little world: one thing or two, in reading order."""

    things: tuple[Piece, ...]

    @property
    def captions(self) -> list[str]:
        """Two sentences that say the same."""
        said = " and ".join(thing.phrase for thing in self.things)
        return [said, f"there is {said}"]

    @property
    def questions(self) -> list[tuple[str, str]]:
        """Questions that have one answer, with it."""
        asked = []
        for place, (colour, shape, _) in enumerate(self.things):
            others = self.things[:place] + self.things[place + 1 :]
            asked.append((f"where is the {colour} {shape}", self.things[place].corner))
            if shape not in [other.shape for other in others]:
                asked.append((f"what color is the {shape}", colour))
            if colour not in [other.colour for other in others]:
                asked.append((f"what shape is the {colour} thing", shape))
        return asked

    def picture(self) -> Image.Image:
        """RGB, 64 x 64 pixels."""
        return draw(Scene(SIDE, (220, 220, 220), tuple(map(_thing, self.things)), (), ""))


def boards_with_one() -> list[Board]:
    """All 384 pictures with one thing, each once, in an order that is shuffled once and for all."""
    boards = [Board((Piece(*each),)) for each in product(COLOURS, SHAPES, range(TILES**2))]
    Random(0).shuffle(boards)
    return boards


def boards_with_two(count: int) -> list[Board]:
    """So many different pictures of the 66,240 with two things; a larger count begins with the same ones."""
    random, found = Random(0), dict[Board, None]()
    while len(found) < count:
        kinds = random.sample(list(product(COLOURS, SHAPES)), 2)
        tiles = sorted(random.sample(range(TILES**2), 2))
        found[Board(tuple(Piece(*kind, tile) for kind, tile in zip(kinds, tiles, strict=True)))] = None
    return list(found)


def pixels(boards: Sequence[Board]) -> Float[Tensor, "b 3 64 64"]:
    """The pictures as numbers from -1 to 1."""
    pictures = np.stack([np.asarray(board.picture()) for board in boards])
    return torch.from_numpy(pictures).permute(0, 3, 1, 2) / 127.5 - 1


def patches(*, pooled: bool = False) -> Parts:
    """The simplest encoder there is: it cuts a picture into 16 tiles, whose 8 x 8 x 3 averaged pixels are the channels.

    Nothing in it is learned. `captioner/nn/encoder` has real ones.

    Args:
        pooled: whether the mean of the tiles leaves, one vector, instead of the grid.
    """
    cut = [nn.AvgPool2d(2), nn.PixelUnshuffle(8)] + [nn.AdaptiveAvgPool2d(1), nn.Flatten()] * pooled
    return Parts(fx.symbolic_trace(nn.Sequential(*cut)), fx.symbolic_trace(nn.Identity()), [], 192)


def _thing(piece: Piece) -> Thing:
    y, x = (SIDE / TILES * (at + 0.5) for at in divmod(piece.tile, TILES))
    points = tuple((px + x, py + y) for px, py in outline(piece.shape, RADIUS, 0.0))
    return Thing("large", piece.colour, piece.shape, COLOURS[piece.colour], points, bounds(points))
