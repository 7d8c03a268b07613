"""Made-up scenes that move: one thing goes to a side while the others stand still, frame by frame, with all boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

from captioner.data.scenes.captions import phrase
from captioner.data.scenes.layout import SHADE, SIZES, bounds, outline, shade
from captioner.data.scenes.scene import COLOURS, GAP, SHAPES, Box, Scene, Thing

# How a move is told, and by which part of the picture's side x and y change.
MOVES = {"to the left": (-1, 0), "to the right": (1, 0), "up": (0, -1), "down": (0, 1)}
FAR = (0.4, 0.55)
"""How far a thing moves, as parts of the side."""
STILL = 2
"""Things that stand still, at most."""
EDGE = 0.02


@dataclass(frozen=True)
class MovingScene:
    """A clip: what its frames show, and where the thing goes that moves, which is the first of each frame."""

    frames: tuple[Scene, ...]
    move: str

    @property
    def boxes(self) -> dict[str, list[Box]]:
        """Of each thing by its name, where it is in each frame."""
        names = [thing.name for thing in self.frames[0].things]
        return {name: [frame.things[place].box for frame in self.frames] for place, name in enumerate(names)}

    @property
    def captions(self) -> list[str]:
        """Five sentences that say the same."""
        what, where = phrase(self.frames[0].things[0]), self.move
        return [
            f"{what} moves {where}",
            f"{what} goes {where}",
            f"there is {what} that moves {where}",
            f"{what} is moving {where}",
            f"a clip of {what} that goes {where}",
        ]


def make_moving(random: Random, side: int, frames: int) -> MovingScene:
    """Makes up one clip; the same generator state gives the same clip."""
    kinds = random.sample(list(product(COLOURS, SHAPES)), 1 + random.randint(0, STILL))
    light = random.randint(185, 235)
    ground = shade(random, (light, light, light), 10)
    move = random.choice(tuple(MOVES))
    while True:
        things = [_thing(random, side, *kind) for kind in kinds]
        far = side * random.uniform(*FAR)
        step_x, step_y = (part * far / max(1, frames - 1) for part in MOVES[move])
        moved = [_at(things[0], step_x * place, step_y * place) for place in range(frames)]
        swept = bounds([point for thing in moved for point in thing.outline])
        if _inside(swept, side) and _apart([swept, *(thing.box for thing in things[1:])], side):
            shown = (Scene(side, ground, (thing, *things[1:]), (), "middle") for thing in moved)
            return MovingScene(tuple(shown), move)


def _thing(random: Random, side: int, colour: str, shape: str) -> Thing:
    """A thing anywhere in the picture."""
    size = random.choice(tuple(SIZES))
    points = outline(shape, side * random.uniform(*SIZES[size]), random.uniform(-0.2, 0.2))
    box, edge = bounds(points), EDGE * side
    x, y = (random.uniform(edge, side - edge - length) for length in (box.width, box.height))
    plain = Thing(size, colour, shape, shade(random, COLOURS[colour], SHADE), tuple(points), box)
    return _at(plain, x - box.x, y - box.y)


def _at(thing: Thing, x: float, y: float) -> Thing:
    """The same thing, so many pixels to the right and down."""
    points = tuple((across + x, down + y) for across, down in thing.outline)
    return Thing(thing.size, thing.colour, thing.shape, thing.fill, points, bounds(points))


def _inside(box: Box, side: int) -> bool:
    edge = EDGE * side
    return min(box.x, box.y) >= edge and max(box.x + box.width, box.y + box.height) <= side - edge


def _apart(boxes: Sequence[Box], side: int) -> bool:
    gap = GAP * side
    return all(one.apart(other, gap) for place, one in enumerate(boxes) for other in boxes[:place])
