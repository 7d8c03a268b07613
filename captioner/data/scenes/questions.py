"""Questions about made-up scenes with balanced answers: colour, shape, number, existence and relation."""

from collections import Counter
from itertools import product
from random import Random
from typing import NamedTuple

from captioner.data.scenes.scene import COLOURS, SHAPES, Scene, Thing

# Per axis: how the first thing stands to the second, and the second to the first.
RELATIONS = (("left of", "right of"), ("above", "below"))
ANSWER_TYPES = {"colour": "other", "shape": "other", "number": "number", "existence": "yes/no", "relation": "yes/no"}


class Question(NamedTuple):
    """A question with its one answer; `type` is a key of ANSWER_TYPES."""

    type: str
    text: str
    answer: str


def questions(scene: Scene, random: Random) -> list[Question]:
    """Asks up to eight questions: a colour, a shape, two numbers, two existences and two relations.

    Numbers are even over 0 to 4 because scenes are made so; yes and no are asked once each; colours and shapes are even
    because nothing prefers one. A type is left out where it makes no sense, as relations of a single object.
    """
    colours, shapes, existences = colour_questions(scene), shape_questions(scene), existence_questions(scene, random)
    asked = [random.choice(choice) for choice in (colours, shapes) if choice]
    asked += [Question("number", count_text(count.what), str(count.number)) for count in scene.counts]
    return asked + existences + relation_questions(scene, random)


def colour_questions(scene: Scene) -> list[Question]:
    """Asks for the colour of everything that its shape, or size and shape, single out."""
    return [
        Question("colour", f"what color is the {name}?", thing.colour)
        for thing, name in singled_out(scene, [thing.shape for thing in scene.things])
    ]


def shape_questions(scene: Scene) -> list[Question]:
    """Asks for the shape of everything that its colour, or size and colour, single out."""
    return [
        Question("shape", f"what shape is the {name} object?", thing.shape)
        for thing, name in singled_out(scene, [thing.colour for thing in scene.things])
    ]


def singled_out(scene: Scene, names: list[str]) -> list[tuple[Thing, str]]:
    """Gives the things whose name is theirs alone; a name that several share gets the size before it."""
    counts = Counter(names)
    sized = [
        f"{thing.size} {name}" if counts[name] > 1 else name for thing, name in zip(scene.things, names, strict=True)
    ]
    return [(thing, name) for thing, name in zip(scene.things, sized, strict=True) if sized.count(name) == 1]


def count_text(what: str) -> str:
    """Asks for a number of objects."""
    noun = f"{what}s" if what in (*SHAPES, "shape") else f"{what} shapes"
    return f"how many {noun} are there?"


def existence_questions(scene: Scene, random: Random) -> list[Question]:
    """Asks once for something that is there, and once for what is not, though its colour or its shape is."""
    there = {(thing.colour, thing.shape) for thing in scene.things}
    parts = {part for kind in there for part in kind}
    absent = [kind for kind in product(COLOURS, SHAPES) if kind not in there and parts.intersection(kind)]
    kinds = {"yes": random.choice(sorted(there)), "no": random.choice(absent)}
    return [Question("existence", f"is there a {' '.join(kind)}?", answer) for answer, kind in kinds.items()]


def relation_questions(scene: Scene, random: Random) -> list[Question]:
    """Asks once for what holds, and once for the opposite of what holds; nothing where no two objects are."""
    asked = []
    for answer in ("yes", "no") if scene.relations else ():
        first, axis, second = random.choice(scene.relations)
        words = RELATIONS[axis] if answer == "yes" else RELATIONS[axis][::-1]
        one, word, other = random.choice(((first, words[0], second), (second, words[1], first)))
        asked.append(Question("relation", f"is the {one.name} {word} the {other.name}?", answer))
    return asked
