"""Where captions looked, on photos, boxes and maps made by hand: squeezed, cropped and padded ones too."""

import json
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from captioner.data.read.flickr30k.entities import Entities
from captioner.data.read.instances import Instances
from captioner.data.read.records import Photo
from captioner.evaluation.attention import attention_in_reading, attention_in_speaking
from captioner.evaluation.looks import attention_section
from captioner.evaluation.objects import KindObjects, PhraseObjects
from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned, Unreadable
from captioner.text.tokenize import words

# The photo is 200 x 100 pixels in its own shape. A dog fills its left half, a ball the lower quarter on the right.
XML = """<annotation><size><width>200</width><height>100</height></size>
<object><name>1</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>100</xmax><ymax>100</ymax></bndbox></object>
<object><name>2</name><bndbox><xmin>151</xmin><ymin>51</ymin><xmax>200</xmax><ymax>100</ymax></bndbox></object>
</annotation>"""
TEXT = "[/EN#1/animals A dog] and [/EN#2/other a ball] .\n[/EN#1/animals Something] runs .\n"
CAPTIONS = ("A dog and a ball .", "Something runs .", "...")
SQUASH, CROP, PAD = (ImageSpec(32, resize=resize) for resize in ("squash", "crop", "pad"))


@pytest.fixture
def entities(tmp_path):
    for name, content in (("Annotations/7.xml", XML), ("Sentences/7.txt", TEXT)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    return Entities(tmp_path)


@pytest.fixture
def photo(tmp_path):
    Image.new("RGB", (200, 100)).save(tmp_path / "7_x.png")
    return Photo(3, tmp_path / "7_x.png", CAPTIONS)


def looking(*places, side=4):
    """Maps that look at one place each; None looks nowhere in particular."""
    n = side * side
    return np.stack([np.full(n, 1 / n) if place is None else np.eye(n)[place] for place in places])


def caption(text, *places, side=4):
    return Caption(text, tuple(words(text)), -1.0, -1.0, looking(*places, side=side))


class Model:
    """Reads every caption with the maps that it was given for it."""

    def __init__(self, maps, tokenizer="words"):
        self.maps, self.bundle = maps, SimpleNamespace(vocabulary=SimpleNamespace(tokenizer=tokenizer))

    def explain_each(self, given, *, batch):
        for source, texts in given:
            if not source.is_file():
                yield Unreadable(source, f"{source}: no such photo")
            else:
                yield Captioned(source, tuple(caption(text, *self.maps[text]) for text in texts), SQUASH)


MODEL: Any = Model({CAPTIONS[0]: [None, 5, None, None, 15], CAPTIONS[1]: [3, 3]})


def said(photo, *captions):
    return SimpleNamespace(said={photo.id: Captioned(photo.path, captions, SQUASH)})


def test_the_last_word_of_each_phrase_is_measured_while_it_reads(entities, photo):
    told = []
    found = attention_in_reading(
        MODEL, [photo], PhraseObjects(entities, SQUASH), progress=lambda done, total: told.append((done, total))
    )
    rows = found.photos[3]
    assert [(row["word"], row["phrase"], row["kinds"]) for row in rows] == [
        ("dog", "A dog", ["animals"]), ("ball", "a ball", ["other"]), ("something", "Something", ["animals"]),
    ]  # fmt: skip
    assert [row["mass"] for row in rows] == [1, 1, 0]  # place 5 is the dog's, 15 the ball's, and 3 nobody's
    assert found.scores is not None
    assert found.scores.measures["mass"].attention.value == pytest.approx(2 / 3)
    assert found.scores.measures["mass"].even.value == pytest.approx((0.5 + 0.125 + 0.5) / 3)
    assert found.scores.kinds["animals"].measures["pointing"].attention.value == 0.5
    # from an even map to one place of 16 and back go 15/16; between the last two captions' words nothing does
    assert found.movement.steps.value == pytest.approx((15 / 16 * 3 + 0 + 0) / 5)
    assert told == [(1, 1)]


def test_a_noun_of_any_reference_is_measured_while_it_speaks(entities, photo):
    best = caption("two dogs beside balls and something", None, 0, None, 14, None, None)
    found = attention_in_speaking(said(photo, best), [photo], PhraseObjects(entities, SQUASH))
    rows = found.photos[3]
    assert [(row["word"], row["kinds"], row["mass"]) for row in rows] == [
        ("dogs", ["animals"], 1),
        ("balls", ["other"], 0),
    ]


@pytest.mark.parametrize(
    ("image", "dog", "ball"),
    [
        (SQUASH, [[1, 1, 0, 0]] * 4, [[0, 0, 0, 0]] * 2 + [[0, 0, 0, 1]] * 2),
        (CROP, [[1, 1, 0, 0]] * 4, [[0, 0, 0, 0]] * 4),  # the middle square ends where the ball begins
        (PAD, [[0] * 4, [1, 1, 0, 0], [1, 1, 0, 0], [0] * 4], [[0] * 4, [0] * 4, [0, 0, 0, 1], [0] * 4]),
    ],
)
def test_boxes_lie_where_the_network_sees_them(entities, photo, image, dog, ball):
    first, second, _ = PhraseObjects(entities, image).of_references(photo, 4)
    assert [each.word for each in first] == [1, 4]
    assert first[0].cover.reshape(4, 4).tolist() == second[0].cover.reshape(4, 4).tolist() == dog
    assert first[1].cover.reshape(4, 4).tolist() == ball


def test_squeezing_the_stored_photo_changes_nothing(entities, photo):
    whole = PhraseObjects(entities, SQUASH).of_references(photo, 3)
    Image.open(photo.path).resize((60, 60)).save(photo.path)
    squeezed = PhraseObjects(entities, SQUASH).of_references(photo, 3)
    cropped = PhraseObjects(entities, CROP).of_references(photo, 3)  # a square photo is cropped to the whole of it
    for row in zip(whole[0], squeezed[0], cropped[0], strict=True):
        assert len({tuple(each.cover.round(9)) for each in row}) == 1


def test_what_the_network_does_not_see_is_absent(entities, photo):
    found = attention_in_reading(MODEL, [photo], PhraseObjects(entities, CROP))
    assert found.scores is not None
    assert (found.scores.mentions, found.absent) == (2, 1)


def test_objects_by_their_kind_go_the_same_way(photo, tmp_path):
    content = {
        "images": [{"id": 3, "width": 200, "height": 100}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "ball"}, {"id": 3, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 3, "category_id": 1, "bbox": [0, 0, 100, 100]},
            {"id": 2, "image_id": 3, "category_id": 2, "bbox": [150, 50, 50, 50]},
        ],
    }
    (tmp_path / "instances.json").write_text(json.dumps(content))
    objects = KindObjects(Instances(tmp_path / "instances.json"), SQUASH)
    found = attention_in_reading(MODEL, [photo], objects)
    assert [(row["word"], row["mass"]) for row in found.photos[3]] == [("dog", 1), ("ball", 1)]
    best = caption("a cat sees dogs", None, 0, None, 3)
    found = attention_in_speaking(said(photo, best), [photo], objects)
    assert [(row["word"], row["mass"]) for row in found.photos[3]] == [("dogs", 0)]
    assert found.absent == 1


@pytest.mark.parametrize("given", ["phrases", "boxes", "masks", "packed masks"])
def test_what_fills_the_photo_is_counted_and_no_point(entities, photo, tmp_path, given):
    if given == "phrases":
        (tmp_path / "Annotations/7.xml").write_text(XML.replace("<xmax>100<", "<xmax>200<"))
        objects: Any = PhraseObjects(entities, SQUASH)
    else:
        mask = {
            "masks": [[0, 0, 200, 0, 200, 100, 0, 100]],
            "packed masks": {"size": [100, 200], "counts": [0, 20_000]},
        }
        dog = {"id": 1, "image_id": 3, "category_id": 1, "bbox": [0, 0, 200, 100], "iscrowd": 0, "area": 20_000}
        dog |= {"segmentation": mask[given]} if given in mask else {}
        content = {
            "images": [{"id": 3, "width": 200, "height": 100}],
            "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "ball"}],
            "annotations": [dog, {"id": 2, "image_id": 3, "category_id": 2, "bbox": [150, 50, 50, 50]}],
        }
        (tmp_path / "instances.json").write_text(json.dumps(content))
        objects = KindObjects(Instances(tmp_path / "instances.json"), SQUASH)
    best = caption("a dog and a ball", None, 0, None, None, 15)
    found = attention_in_speaking(said(photo, best), [photo], objects)
    dog, ball = found.photos[3]
    assert (dog["mass"], dog["pointing"], dog["touching"]) == (1, None, None)
    assert (ball["mass"], ball["pointing"], ball["touching"]) == (1, 1, 1)
    content = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert (content["mentions"], content["everywhere"]) == (2, {"pointing": 1, "touching": 1})
    assert content["touching"]["even"][0] == 2 / 16  # of the ball alone
    text = attention_section({"said": found}).text
    assert "no map can miss what 1 words name (not scored for touching; 1 not for pointing)" in text
    assert re.search(rf"^{'animals' if given == 'phrases' else 'dog'} +1 +100.00 +100.00 +– +– ", text, re.MULTILINE)


def test_movement_needs_no_objects(photo):
    found = attention_in_speaking(said(photo, caption("a dog", 0, 1), caption("a cat", 2, 2)), [photo], None)
    assert found.scores is None
    assert found.movement.steps.value == 1
    assert found.movement.spread.value == 0.5
    assert found.as_json() == {"mentions": 0, "absent": 0, "movement": {"steps": (1, 1, 1), "spread": (0.5, 0.5, 0.5)}}


def test_the_json_names_every_number(entities, photo):
    content = json.loads(json.dumps(attention_in_reading(MODEL, [photo], PhraseObjects(entities, SQUASH)).as_json()))
    assert (content["mentions"], content["photos"], content["places"]) == (3, 1, 16)
    assert content["mass"]["attention"] == pytest.approx([2 / 3] * 3)
    assert set(content["pointing"]) == {"attention", "even", "centred", "gain"}
    assert content["kinds"]["other"]["mentions"] == 1
    assert content["kinds"]["other"]["mass"]["attention"][0] == 1


def test_what_cannot_be_measured_is_refused(entities, photo, tmp_path):
    objects = PhraseObjects(entities, SQUASH)
    letters: Any = Model({}, "characters")
    with pytest.raises(ValueError, match=r"no.png: no such photo; `captioner data check` lists all such photos"):
        attention_in_reading(MODEL, [Photo(4, tmp_path / "no.png", CAPTIONS)], objects)
    with pytest.raises(ValueError, match="measured of models that read words, not characters"):
        attention_in_reading(letters, [photo], objects)
    with pytest.raises(ValueError, match="has no places to look at"):
        attention_in_speaking(said(photo, caption("a dog", 0, 0, side=1)), [photo], objects)
