from collections import Counter
from random import Random

import pytest

from captioner.data.scenes.layout import make_scene
from captioner.data.scenes.questions import ANSWER_TYPES, questions
from captioner.data.scenes.scene import COLOURS, SHAPES, Scene


@pytest.fixture(scope="module")
def asked():
    """Scenes with their questions."""
    pairs = []
    for number in range(600):
        random = Random(f"questions {number}")
        scene = make_scene(random, 64)
        pairs.append((scene, questions(scene, random)))
    return pairs


def answer(scene: Scene, text: str) -> str:
    """Answers a question from the boxes, by another way than the one that made it."""
    words = text.removesuffix("?").split()
    named = {thing.name: thing for thing in scene.things}
    if words[0] == "what":
        described = {w for w in words[2:] if w in (*COLOURS, *SHAPES, "small", "large")}
        (thing,) = [t for t in scene.things if {t.size, t.colour, t.shape} >= described]
        return thing.colour if words[1] == "color" else thing.shape
    if words[0] == "how":
        kept = [w.removesuffix("s") if w.removesuffix("s") in SHAPES else w for w in words[2:]]
        described = {w for w in kept if w in (*COLOURS, *SHAPES, "small", "large")}
        return str(sum({t.size, t.colour, t.shape} >= described for t in scene.things))
    if words[:2] == ["is", "there"]:
        return "yes" if " ".join(words[3:]) in named else "no"
    first, second = named[" ".join(words[2:4])].box, named[" ".join(words[-2:])].box
    relation = " ".join(words[4:-3])
    holds = {
        "left of": first.x + first.width < second.x,
        "right of": first.x > second.x + second.width,
        "above": first.y + first.height < second.y,
        "below": first.y > second.y + second.height,
    }
    return "yes" if holds[relation] else "no"


def test_answers_are_true(asked):
    for scene, some in asked:
        for question in some:
            assert answer(scene, question.text) == question.answer, question


def test_a_no_to_a_relation_means_that_the_opposite_holds(asked):
    opposite = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
    for scene, some in asked:
        for question in some:
            if (question.type, question.answer) == ("relation", "no"):
                (word,) = [word for word in opposite if word in question.text]
                assert answer(scene, question.text.replace(word, opposite[word])) == "yes"


def test_every_type_is_asked_and_relations_only_of_two(asked):
    for scene, some in asked:
        types = Counter(question.type for question in some)
        assert types.keys() <= ANSWER_TYPES.keys()
        assert (types["number"], types["existence"]) == (2, 2)
        assert types["relation"] == (2 if len(scene.things) > 1 else 0)
    assert {question.type for _, some in asked for question in some} == ANSWER_TYPES.keys()


def test_answers_are_balanced_within_each_type(asked):
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ANSWER_TYPES}
    for _, some in asked:
        for question in some:
            counts[question.type][question.answer] += 1
    expected = {"colour": len(COLOURS), "shape": len(SHAPES), "number": 5, "existence": 2, "relation": 2}
    for kind, answers in counts.items():
        assert len(answers) == expected[kind]
        even = answers.total() / expected[kind]
        assert all(0.7 * even < count < 1.3 * even for count in answers.values()), (kind, answers)
    for kind in ("existence", "relation"):
        assert counts[kind]["yes"] == counts[kind]["no"]


def test_words_alone_do_not_tell_relations(asked):
    by_word: dict[str, Counter[str]] = {}
    for _, some in asked:
        for question in some:
            if question.type == "relation":
                word = next(word for word in ("left", "right", "above", "below") if word in question.text)
                by_word.setdefault(word, Counter())[question.answer] += 1
    assert all(0.35 < answers["yes"] / answers.total() < 0.65 for answers in by_word.values())
