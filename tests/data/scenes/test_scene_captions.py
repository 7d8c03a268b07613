from random import Random

import pytest
from nltk.translate.bleu_score import corpus_bleu

from captioner.data.scenes.captions import ENDS, RELATIONS, captions, phrase
from captioner.data.scenes.layout import make_scene
from captioner.data.scenes.scene import Scene
from captioner.data.scenes.writing import CATEGORIES
from captioner.scoring.naming import named, spellings
from captioner.text.tokenize import words


@pytest.fixture(scope="module")
def scenes():
    return [make_scene(Random(f"captions {number}"), 64) for number in range(200)]


def test_a_scene_has_five_different_captions(scenes):
    for scene in scenes:
        texts = captions(scene)
        assert len(set(texts)) == 5
        assert all(text == " ".join(words(text)) for text in texts)


def test_captions_name_the_outermost_objects_with_their_sizes(scenes):
    for scene in scenes:
        told = scene.things if len(scene.things) == 1 else (scene.main.first, scene.main.second)
        for text in captions(scene):
            assert all(phrase(thing) in text for thing in told)


def test_relations_are_told_from_both_sides(scenes):
    scene = next(scene for scene in scenes if len(scene.things) == 3 and scene.main.axis == 0)
    first, second = phrase(scene.main.first), phrase(scene.main.second)
    assert captions(scene) == [
        f"{first} is to the left of {second}",
        f"{second} is to the right of {first}",
        f"there is {first} to the left of {second}",
        f"there is {second} to the right of {first}",
        f"three shapes with {first} on the left and {second} on the right",
    ]


def mixtures(scene: Scene) -> list[str]:
    """True captions in phrasings that are not among the references."""
    if len(scene.things) == 1:
        what = phrase(scene.things[0])
        where = captions(scene)[0].removeprefix(f"{what} is ")
        return [f"{what} {where}", f"a picture with {what} {where} of the picture"]
    first, second = phrase(scene.main.first), phrase(scene.main.second)
    before, after = RELATIONS[scene.main.axis]
    start, stop = ENDS[scene.main.axis]
    return [
        f"{first} {before} {second}",
        f"{second} {after} {first}",
        f"there is {first} {start} and {second} {stop}",
        f"{first} is {start} and {second} {stop}",
    ]


def bleu4(scenes: list[Scene], texts: list[str]) -> float:
    references = [[caption.split() for caption in captions(scene)] for scene in scenes]
    return corpus_bleu(references, [text.split() for text in texts])


def test_each_phrasing_alone_scores_one_and_mixtures_score_high(scenes):
    for phrasing in range(5):
        assert bleu4(scenes, [captions(scene)[phrasing] for scene in scenes]) == pytest.approx(1)
    several = [scene for scene in scenes if len(scene.things) > 1]
    single = [scene for scene in scenes if len(scene.things) == 1]
    for group, count in ((several, 4), (single, 2)):
        for mixture in range(count):
            assert bleu4(group, [mixtures(scene)[mixture] for scene in group]) > 0.75


def test_wrong_captions_score_low(scenes):
    assert bleu4(scenes, [captions(scene)[0] for scene in scenes[1:] + scenes[:1]]) < 0.4


def test_every_caption_mentions_what_it_is_about(scenes):
    for scene in scenes:
        told = scene.things if len(scene.things) == 1 else (scene.main.first, scene.main.second)
        for text in captions(scene):
            assert sorted(name for _, name in named(text.split(), spellings(CATEGORIES))) == sorted(
                thing.name for thing in told
            )
