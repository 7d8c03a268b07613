import base64
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from captioner.figures.maps import (
    attention_map,
    check_words,
    core,
    fit,
    has_places,
    outlined,
    overlay,
    percent,
    photo_data_uri,
    shares_away,
    stretched,
)
from captioner.images import ImageSpec


def one_place(side: int, row: int, column: int) -> np.ndarray:
    p = np.zeros((side, side), np.float32)
    p[row, column] = 1
    return p.ravel()


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("size", [(140, 70), (70, 140), (98, 98)])
@pytest.mark.parametrize("place", [(3, 3), (2, 4), (4, 3), (3, 2)])
def test_weight_of_one_place_is_brightest_at_its_centre_in_the_photo(resize, size, place):
    spec = ImageSpec(resize=resize)
    left, top, right, bottom = spec.region(*size)
    centre_x = left + (place[1] + 0.5) / 7 * (right - left)
    centre_y = top + (place[0] + 0.5) / 7 * (bottom - top)
    weights = attention_map(one_place(7, *place), size, spec)
    assert weights.shape == (size[1], size[0])
    assert weights.dtype == np.float32
    y, x = np.unravel_index(weights.argmax(), weights.shape)
    assert abs(x + 0.5 - centre_x) <= 1
    assert abs(y + 0.5 - centre_y) <= 1


@pytest.mark.parametrize("resize", ["squash", "pad"])
def test_even_weights_stay_even(resize):
    np.testing.assert_allclose(
        attention_map(np.full(49, 1 / 49), (50, 30), ImageSpec(resize=resize)), 1 / 49, rtol=1e-5
    )


def test_what_was_cropped_away_has_no_weight():
    weights = attention_map(np.full(49, 1 / 49), (100, 60), ImageSpec(resize="crop"))
    assert np.abs(weights[:, :20]).max() == 0
    assert np.abs(weights[:, 80:]).max() == 0
    np.testing.assert_allclose(weights[:, 20:80], 1 / 49, rtol=1e-5)


def test_the_map_is_an_average_of_the_weights_and_keeps_their_sum():
    p = np.random.default_rng(0).dirichlet(np.full(49, 0.2)).astype(np.float32)
    weights = attention_map(p, (210, 210), ImageSpec())
    assert p.min() <= weights.min()
    assert weights.max() <= p.max()
    assert weights.sum() / 900 == pytest.approx(1, abs=0.1)  # a place has 30 x 30 pixels


def test_the_map_is_smooth():
    weights = attention_map(one_place(7, 3, 3), (210, 210), ImageSpec())
    assert np.abs(np.diff(weights, axis=0)).max() < weights.max() / 20


@pytest.mark.parametrize("shape", [(48,), (0,), (7, 7)])
def test_weights_without_a_square_grid(shape):
    with pytest.raises(ValueError, match=r"from the weights \(n,\) of a square grid of places, not from \("):
        attention_map(np.zeros(shape), (10, 10), ImageSpec())


@pytest.mark.parametrize("p", [np.zeros((3, 49)), np.zeros((1, 49)), np.zeros(49)])
def test_weights_of_other_words(p):
    with pytest.raises(ValueError, match=r"2 words need attention weights \(2, places\), not \("):
        check_words(["a", "dog"], p)


def test_overlay_darkens_what_is_not_attended():
    photo = Image.new("RGB", (80, 60), (200, 200, 200))
    weights = np.zeros((60, 80), np.float32)
    weights[30:, :] = 0.1
    weights[50:, :] = 0.2
    brightness = np.asarray(overlay(photo, weights).convert("L"))
    assert brightness.shape == (60, 80)
    assert brightness[10, 40] < 60
    assert 100 < brightness[40, 40] < 150
    assert brightness[55, 40] > 180
    assert photo.getpixel((0, 0)) == (200, 200, 200), "the photo itself was changed"


def test_attention_shows_on_black_things():
    weights = np.tile(np.linspace(0, 1, 80, dtype=np.float32), (60, 1))
    brightness = np.asarray(overlay(Image.new("RGB", (80, 60)), weights).convert("L"), int)
    assert brightness[30, 79] - brightness[30, 0] > 15


def test_overlay_without_any_weight_is_dark():
    assert np.asarray(overlay(Image.new("RGB", (8, 8), "white"), np.zeros((8, 8), np.float32))).max() < 80


def test_the_core_is_the_smallest_part_with_half_of_the_weight():
    weights = np.array([[1, 2, 3, 4], [0, 0, 5, 5]], np.float32)
    assert core(weights).tolist() == [[False] * 4, [False, False, True, True]]
    assert core(weights, 0.51).tolist() == [[False, False, False, True], [False, False, True, True]]
    assert core(np.full((3, 3), 1 / 9, np.float32)).all()  # all are equal


def test_a_line_encloses_a_small_core_and_winds_around_no_large_one():
    photo = Image.new("RGB", (90, 60), (40, 40, 40))
    small, large = attention_map(one_place(9, 4, 4), photo.size, ImageSpec()), np.ones((60, 90), np.float32)
    drawn = np.asarray(outlined(photo, small), int)
    changed = (drawn != 40).any(axis=2)
    assert changed[20:40, 30:60].sum() == changed.sum() > 20
    held = core(small)
    y, x = np.nonzero(changed)
    top, left = (np.flatnonzero(held.any(axis=axis))[0] for axis in (1, 0))
    assert (abs(y.min() - top), abs(x.min() - left)) <= (2, 2)
    assert not changed[28:32, 43:47].any()  # within the line the photo stays
    assert np.array_equal(np.asarray(outlined(photo, large)), np.asarray(photo))


def test_fit_keeps_the_shape_and_does_not_enlarge():
    assert fit(Image.new("RGB", (1000, 500)), 100).size == (100, 50)
    assert fit(Image.new("RGB", (3, 9000)), 100).size == (1, 100)
    assert fit(Image.new("RGB", (60, 50)), 100).size == (60, 50)


def test_a_squeezed_photo_gets_its_shape_back():
    assert stretched(Image.new("RGB", (224, 224)), (500, 375)).size == (259, 194)
    assert stretched(Image.new("RGB", (1, 1)), (1, 90)).size == (1, 9)


@pytest.mark.parametrize(("mode", "kind", "format_"), [("RGB", "jpeg", "JPEG"), ("RGBA", "png", "PNG")])
def test_data_uri_holds_the_image(mode, kind, format_):
    address = photo_data_uri(Image.new(mode, (20, 10), "red"))
    head, data = address.split(",")
    assert head == f"data:image/{kind};base64"
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (image.format, image.size) == (format_, (20, 10))


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0.0 %"), (0.0204, "2.0 %"), (0.099, "9.9 %"), (0.41, "41 %"), (1, "100 %")]
)
def test_percent(share, text):
    assert percent(share) == text.replace(" ", "\u00a0")


def test_only_a_grid_has_places():
    assert has_places(np.zeros((3, 49)))
    assert not has_places(np.zeros((3, 1)))
    assert not has_places(np.zeros((3, 0)))


@pytest.mark.parametrize("module", ["maps", "pages"])
def test_overlays_and_pages_need_neither_matplotlib_nor_torch(module):
    code = f"import sys, captioner.figures.{module}; sys.exit(bool({{'matplotlib', 'torch'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_the_weights_lack_to_one_looks_away():
    away = shares_away(["of", "dog"], np.array([[0.1, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]]), None)
    assert away is not None
    assert away.tolist() == pytest.approx([0.6, 0.0])
    assert shares_away(["dog"], np.full((1, 4), 0.2499), None) is None  # rounding
    assert shares_away(["dog"], np.zeros((1, 0)), None) is None  # a network without attention
