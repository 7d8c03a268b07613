from collections import Counter
from random import Random

import pytest

from captioner.data.scenes.layout import SIZES, make_scene
from captioner.data.scenes.scene import GAP, Scene

SIDE = 64


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [make_scene(Random(f"test {number}"), SIDE) for number in range(400)]


def test_the_same_generator_gives_the_same_scene(scenes):
    assert make_scene(Random("test 7"), SIDE) == scenes[7]
    assert scenes[7] != scenes[8]


def test_scenes_have_one_to_four_objects_with_names_of_their_own(scenes):
    assert {len(scene.things) for scene in scenes} == {1, 2, 3, 4}
    for scene in scenes:
        assert len({thing.name for thing in scene.things}) == len(scene.things)


def test_objects_lie_inside_and_apart(scenes):
    for scene in scenes:
        for place, thing in enumerate(scene.things):
            x, y, width, height = thing.box
            assert x >= 0
            assert y >= 0
            assert x + width <= SIDE
            assert y + height <= SIDE
            assert all(thing.box.apart(other.box, GAP * SIDE) for other in scene.things[:place])


def test_sizes_are_told_apart_and_at_most_a_third_of_the_side(scenes):
    for shape in ("circle", "square", "triangle", "star"):
        sides = {
            size: [max(t.box[2:]) for s in scenes for t in s.things if (t.size, t.shape) == (size, shape)]
            for size in SIZES
        }
        assert max(sides["small"]) < 0.9 * min(sides["large"])
        assert min(sides["small"]) > 0.14 * SIDE
        assert max(sides["large"]) <= SIDE / 3


def test_the_box_is_the_tightest_around_the_outline(scenes):
    for thing in scenes[0].things:
        xs, ys = zip(*thing.outline, strict=True)
        x, y, width, height = thing.box
        assert (min(xs), max(xs), min(ys), max(ys)) == pytest.approx((x, x + width, y, y + height))


def test_every_pair_is_related_and_never_both_ways(scenes):
    for scene in scenes:
        pairs = Counter(frozenset((a.name, b.name)) for a, _, b in scene.relations)
        assert len(pairs) == len(scene.things) * (len(scene.things) - 1) // 2
        for first, axis, second in scene.relations:
            assert first.box[axis] + first.box[axis + 2] < second.box[axis]
            assert (second, axis, first) not in scene.relations


def test_the_main_relation_is_true_and_between_the_outermost(scenes):
    for scene in scenes:
        if len(scene.things) > 1:
            first, axis, second = scene.main
            assert scene.main in scene.relations
            middles = sorted(thing.box.middle(axis) for thing in scene.things)
            assert (first.box.middle(axis), second.box.middle(axis)) == (middles[0], middles[-1])


def test_counts_are_true_and_even(scenes):
    numbers = Counter(count.number for scene in scenes for count in scene.counts)
    for scene in scenes:
        for what, number in scene.counts:
            such = [t for t in scene.things if what in (t.colour, t.shape, t.size, "shape")]
            assert len(such) == number
    # 800 counts, 160 expected for each of 0 to 4, standard deviation 11
    assert numbers.keys() == {0, 1, 2, 3, 4}
    assert all(115 < number < 205 for number in numbers.values())
