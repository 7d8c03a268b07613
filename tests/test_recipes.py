"""Recipes are found by name."""

import pytest

from captioner.recipes import recipe
from tests.paths import ROOT


def test_the_demo_has_its_recipe():
    assert "run: runs/scenes" in recipe("scenes").read_text(encoding="utf-8")


def test_an_unknown_recipe_is_named_beside_the_known_ones():
    known = ", ".join(sorted(path.stem for path in (ROOT / "configs").glob("*.yaml")))
    with pytest.raises(FileNotFoundError, match=rf"there is no recipe 'scene' in .*only: {known}"):
        recipe("scene")
