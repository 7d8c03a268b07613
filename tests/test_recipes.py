"""Recipes are found by name."""

import pytest

from captioner.recipes import recipe


def test_the_demo_has_its_recipe():
    assert "run: runs/scenes" in recipe("scenes").read_text(encoding="utf-8")


def test_an_unknown_recipe_is_named_beside_the_known_ones():
    known = "both, captions, characters, daquar, flickr8k, flickr8k_boxes, flickr8k_daquar, flickr8k_lite2, "
    known += "flickr8k_questions, flickr8k_self_critical, flickr8k_statements, flickr8k_tuned, questions, scenes, text"
    with pytest.raises(FileNotFoundError, match=rf"there is no recipe 'scene' in .*only: {known}"):
        recipe("scene")
