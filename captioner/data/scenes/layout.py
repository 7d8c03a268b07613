"""Makes up scenes: which shapes stand where, such that everything said about them is clearly true or clearly false."""

import math
from collections.abc import Sequence
from itertools import product
from random import Random

from captioner.data.scenes.scene import COLOURS, GAP, SHAPES, Box, Count, Point, Scene, Thing, longer_axis

# Every object has its own shade, up to this much away from its colour in red, green and blue.
SHADE = 16
# Radius of a circle as a fraction of the picture's side; the other shapes are drawn to look as big.
SIZES = {"small": (0.08, 0.09), "large": (0.125, 0.138)}
# Where a single object stands, as fractions of the side; with more objects their relation is told instead.
PLACES = {"left": (0.25, 0.5), "right": (0.75, 0.5), "top": (0.5, 0.25), "bottom": (0.5, 0.75), "middle": (0.5, 0.5)}
MOST = 4


def outline(shape: str, radius: float, angle: float) -> list[Point]:
    """A polygon around the origin that looks as big as a circle of this radius (pixels), turned by angle (radians)."""
    corners, radii = {
        "circle": (40, (radius,)),
        "square": (4, (1.25 * radius,)),
        "triangle": (3, (1.3 * radius,)),
        "star": (10, (1.25 * radius, 0.55 * radius)),
    }[shape]
    # a triangle and a star point up, a square lies on its side
    start = angle - math.pi / (4 if shape == "square" else 2)
    points = []
    for corner in range(corners):
        turn, far = start + 2 * math.pi * corner / corners, radii[corner % len(radii)]
        points.append((far * math.cos(turn), far * math.sin(turn)))
    return points


def bounds(points: Sequence[Point]) -> Box:
    """The tightest box around points."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def cast(random: Random) -> tuple[list[tuple[str, str, str]], tuple[Count, Count]]:
    """Chooses objects (size, colour, shape) such that two counts are even over 0..4, whatever is counted."""
    what = random.choice(random.choice((tuple(COLOURS), SHAPES)))
    size, other = random.sample(tuple(SIZES), 2)
    such, sized = random.randrange(MOST + 1), random.randrange(MOST + 1)
    number = min(MOST, max(1, such, sized) + random.choice((0, 0, 1)))
    kinds = list(product(COLOURS, SHAPES))
    chosen = random.sample([kind for kind in kinds if what in kind], such)
    chosen += random.sample([kind for kind in kinds if what not in kind], number - such)
    sizes = [size] * sized + [other] * (number - sized)
    random.shuffle(sizes)
    any_shape = sized == number and random.random() < 0.5
    counts = Count(what, such), Count("shape" if any_shape else size, sized)
    return [(size, colour, shape) for size, (colour, shape) in zip(sizes, chosen, strict=True)], counts


def arrange(random: Random, boxes: Sequence[Box], side: int) -> list[Box]:
    """Moves two or more boxes to random places in the picture, where they lie apart and along one axis."""
    edge, gap = 0.02 * side, GAP * side
    while True:
        placed: list[Box] = []
        for _, _, width, height in boxes:
            for _ in range(10):
                x, y = random.uniform(edge, side - edge - width), random.uniform(edge, side - edge - height)
                box = Box(x, y, width, height)
                if all(box.apart(old, gap) for old in placed):
                    placed.append(box)
                    break
            else:
                break
        if len(placed) == len(boxes) and longer_axis(placed, side) is not None:
            return placed


def make_scene(random: Random, side: int) -> Scene:
    """Makes up one scene; the same generator state gives the same scene."""
    chosen, counts = cast(random)
    place = random.choice(tuple(PLACES))
    shapes = []
    for size, _, shape in chosen:
        radius, angle = side * random.uniform(*SIZES[size]), random.uniform(-0.2, 0.2)
        shapes.append(outline(shape, radius, angle))
    boxes = [bounds(points) for points in shapes]
    placed = arrange(random, boxes, side) if len(boxes) > 1 else [put(random, boxes[0], PLACES[place], side)]
    things = []
    for (size, colour, shape), points, old, box in zip(chosen, shapes, boxes, placed, strict=True):
        moved = tuple((x + box.x - old.x, y + box.y - old.y) for x, y in points)
        things.append(Thing(size, colour, shape, shade(random, COLOURS[colour], SHADE), moved, box))
    light = random.randint(185, 235)
    return Scene(side, shade(random, (light, light, light), 10), tuple(things), counts, place)


def put(random: Random, box: Box, place: Point, side: int) -> Box:
    """Moves a box to a place, up to 5 % of the side away from it."""
    x, y = (side * (at + random.uniform(-0.05, 0.05)) for at in place)
    return box._replace(x=x - box.width / 2, y=y - box.height / 2)


def shade(random: Random, colour: tuple[int, int, int], most: int) -> tuple[int, int, int]:
    """Varies a colour by up to `most` in red, green and blue."""
    red, green, blue = (min(255, max(0, part + random.randint(-most, most))) for part in colour)
    return red, green, blue
