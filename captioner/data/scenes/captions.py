"""What is said about a made-up scene: five phrasings of the same facts."""

from captioner.data.scenes.scene import Scene, Thing

NUMBERS = {2: "two", 3: "three", 4: "four"}
# Per axis: how the first thing stands to the second, how the second stands to the first, and the two ends.
RELATIONS = (("to the left of", "to the right of"), ("above", "below"))
ENDS = (("on the left", "on the right"), ("at the top", "at the bottom"))
PLACES = {
    "left": "on the left",
    "right": "on the right",
    "top": "at the top",
    "bottom": "at the bottom",
    "middle": "in the middle",
}


def phrase(thing: Thing) -> str:
    """A thing with its article, size and colour."""
    return f"a {thing.size} {thing.name}"


def captions(scene: Scene) -> list[str]:
    """Five captions: of a single object its place, of more objects how the outermost two stand to each other.

    Any of them is as good a caption as the others, and they share long runs of words, so that a model that says one of
    them, or a mixture, is not punished for its choice.
    """
    if len(scene.things) == 1:
        what, where = phrase(scene.things[0]), PLACES[scene.place]
        return [
            f"{what} is {where}",
            f"there is {what} {where}",
            f"there is {what} {where} of the picture",
            f"{what} is {where} of the picture",
            f"a picture with {what} {where}",
        ]
    relation = scene.main
    first, second = phrase(relation.first), phrase(relation.second)
    before, after = RELATIONS[relation.axis]
    start, stop = ENDS[relation.axis]
    return [
        f"{first} is {before} {second}",
        f"{second} is {after} {first}",
        f"there is {first} {before} {second}",
        f"there is {second} {after} {first}",
        f"{NUMBERS[len(scene.things)]} shapes with {first} {start} and {second} {stop}",
    ]
