"""Nouns learned from captions, and those of a caption that are right."""

from captioner.scoring.captions.nouns import learn_nouns, right_nouns

CAPTIONS = [
    "a brown dog runs through the snow",
    "the dog jumps over a wooden fence",
    "two dogs play with a ball in the grass",
    "a man in a red shirt is standing near the fence",
    "the brown and white dog with a ball",
    "a young man wearing a shirt rides a bike",
    "a wooden fence behind the man",
    "three men ride down the street",
    "the man rides the bike",
    "a dog is running and jumping",
    "a man is riding by",
]
NOUNS = learn_nouns([caption.split() for caption in CAPTIONS])


def test_nouns_are_told_from_adjectives_and_verbs():
    assert {"dog", "snow", "fence", "ball", "man", "shirt", "street", "bike"} <= NOUNS
    assert not NOUNS & {"brown", "wooden", "young", "red", "runs", "rides", "a", "the", "in", "is", "standing"}


def test_nouns_behind_adjectives_only_are_found_too():
    captions = [
        f"a {colour} {shape} is near a blue square" for colour in ("red", "green") for shape in ("circle", "star")
    ]
    assert learn_nouns([caption.split() for caption in captions]) == {"circle", "star", "square"}


def test_a_noun_is_right_in_either_number_and_others_are_not_counted():
    said = ["two", "dogs", "run", "over", "a", "red", "street", "with", "a", "bike"]
    assert right_nouns(said, [["a", "dog", "is", "on", "the", "street"]], NOUNS) == (2, 3)
    assert right_nouns(["it", "runs"], [["a", "dog"]], NOUNS) == (0, 0)
