"""The fixtures that are shipped are what the generator makes, on any machine."""

import numpy as np
import pytest
from PIL import Image

from captioner.data.scenes.writing import make_scenes
from tests.paths import FIXTURES


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fixtures") / "scenes"
    make_scenes(folder, train=4, val=2, test=2)
    return folder


def test_texts_are_equal(made):
    names = sorted(path.name for path in made.glob("*.json"))
    assert names == sorted(path.name for path in FIXTURES.glob("*.json"))
    for name in names:
        assert (made / name).read_text() == (FIXTURES / name).read_text(), name


def test_pictures_are_equal(made):
    names = sorted(path.name for path in (made / "images").iterdir())
    assert names == sorted(path.name for path in (FIXTURES / "images").iterdir())
    for name in names:
        new, kept = (np.asarray(Image.open(folder / "images" / name)).astype(int) for folder in (made, FIXTURES))
        # versions of Pillow may draw a polygon's edge a little differently
        assert np.abs(new - kept).mean() < 1, name
