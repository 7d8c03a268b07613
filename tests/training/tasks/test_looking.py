"""Attention that is taught where things are."""

import pytest

import captioner
from captioner.data.read.records import read_photos
from captioner.evaluation.attention import attention_in_reading
from captioner.evaluation.objects import open_objects


@pytest.mark.slow
def test_a_taught_attention_lies_in_the_boxes_of_eight_scenes(verb, scenes, tmp_path):
    """An even map has 0.07 of it there, and so has, after as many steps, an attention that is not taught."""
    instances = scenes / "instances_train.json"
    settings = ["--trainer.max_epochs=30", "--trainer.check_val_every_n_epoch=30", "--model.coverage=0"]
    assert verb("fit", "--run=taught", *settings, "--model.looking=1", f"--data.boxes={instances}") == 0
    model = captioner.load(tmp_path / "taught/bundle")
    objects = open_objects(instances, model.bundle.image)
    scores = attention_in_reading(model, read_photos(scenes / "captions_train.json"), objects).scores
    assert scores is not None
    mass = scores.measures["mass"]
    assert mass.attention.value > 2.5 * mass.even.value


@pytest.mark.parametrize("alone", ["--model.looking=1", "--data.boxes={}"])
def test_teaching_needs_a_weight_and_boxes(verb, scenes, alone):
    with pytest.raises(ValueError, match=r"model\.looking.*data\.boxes"):
        verb("fit", alone.format(scenes / "instances_train.json"))


def test_boxes_do_not_go_with_mirrored_photos(verb, scenes):
    with pytest.raises(ValueError, match="mirror"):
        verb("fit", "--model.looking=1", f"--data.boxes={scenes / 'instances_train.json'}", "--data.mirror=true")
