"""What a made-up scene is: coloured shapes with their boxes, and what is clearly true of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import NamedTuple

# Red, green and blue in 0..255.
COLOURS = {
    "red": (214, 48, 42),
    "green": (48, 158, 72),
    "blue": (44, 88, 206),
    "yellow": (240, 204, 48),
    "purple": (146, 62, 176),
    "black": (36, 36, 40),
}
SHAPES = ("circle", "square", "triangle", "star")
# The free space that "left of" and "above" need, and that lies between any two objects, as a fraction of the side.
GAP = 0.05

Point = tuple[float, float]


class Box(NamedTuple):
    """Left, top, width and height in pixels, as in COCO."""

    x: float
    y: float
    width: float
    height: float

    def before(self, other: "Box", axis: int, gap: float) -> bool:
        """Whether this box ends `gap` pixels before the other begins; axis 0 goes to the right, axis 1 down."""
        return self[axis] + self[axis + 2] + gap <= other[axis]

    def apart(self, other: "Box", gap: float) -> bool:
        """Whether `gap` pixels lie between the boxes along some axis."""
        return any(self.before(other, axis, gap) or other.before(self, axis, gap) for axis in (0, 1))

    def middle(self, axis: int) -> float:
        """The middle along an axis."""
        return self[axis] + self[axis + 2] / 2


@dataclass(frozen=True)
class Thing:
    """One object of a scene; its outline is a polygon in pixels, its fill a colour in 0..255."""

    size: str
    colour: str
    shape: str
    fill: tuple[int, int, int]
    outline: tuple[Point, ...]
    box: Box

    @property
    def name(self) -> str:
        """Colour and shape, which no two objects of a scene share."""
        return f"{self.colour} {self.shape}"


class Relation(NamedTuple):
    """`first` is clearly left of `second` (axis 0), or clearly above it (axis 1)."""

    first: Thing
    axis: int
    second: Thing


class Count(NamedTuple):
    """How many objects are `what`: a colour, a shape, a size, or any ("shape")."""

    what: str
    number: int


@dataclass(frozen=True)
class Scene:
    """What a picture of `side` x `side` pixels shows, and the counts that questions ask for."""

    side: int
    ground: tuple[int, int, int]
    things: tuple[Thing, ...]
    counts: tuple[Count, ...]
    place: str

    @property
    def relations(self) -> list[Relation]:
        """Everything that is clearly left of or above something else; each pair is so at least one way."""
        pairs = product(permutations(self.things, 2), (0, 1))
        gap = GAP * self.side
        return [Relation(a, axis, b) for (a, b), axis in pairs if a.box.before(b.box, axis, gap)]

    @property
    def main(self) -> Relation:
        """What the captions tell of two or more objects: the outermost two along the scene's longer axis."""
        axis = longer_axis([thing.box for thing in self.things], self.side)
        assert axis is not None, "a scene of several objects is laid out along one axis"
        ordered = sorted(self.things, key=lambda thing: thing.box.middle(axis))
        return Relation(ordered[0], axis, ordered[-1])


def longer_axis(boxes: Sequence[Box], side: int) -> int | None:
    """The axis along which boxes lie clearly wider apart, if its outermost boxes are clearly the outermost."""
    spreads = []
    for axis in (0, 1):
        middles = [box.middle(axis) for box in boxes]
        spreads.append(max(middles) - min(middles))
    axis = 0 if spreads[0] > spreads[1] else 1
    ordered = sorted(boxes, key=lambda box: box.middle(axis))
    steps = (ordered[1].middle(axis) - ordered[0].middle(axis), ordered[-1].middle(axis) - ordered[-2].middle(axis))
    clear = spreads[axis] >= 1.25 * spreads[1 - axis] and min(steps) >= GAP * side
    return axis if clear and ordered[0].before(ordered[-1], axis, GAP * side) else None
