"""What the network sees of a photo, against torchvision's own transforms."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from captioner.images import ImageSpec, TrainTransform, pixels


def gradient(width: int = 40, height: int = 30) -> Image.Image:
    """A photo in which every place has a colour of its own: red grows rightwards, green downwards."""
    red = np.tile(np.linspace(0, 255, width), (height, 1))
    green = np.tile(np.linspace(0, 255, height)[:, None], (1, width))
    return Image.fromarray(np.stack([red, green, np.full_like(red, 60)], -1).astype(np.uint8))


@pytest.mark.parametrize(
    ("resize", "size", "region"),
    [
        ("squash", (300, 200), (0, 0, 300, 200)),
        ("crop", (300, 200), (50, 0, 250, 200)),
        ("crop", (200, 300), (0, 50, 200, 250)),
        ("pad", (300, 200), (0, -50, 300, 250)),
        ("pad", (200, 300), (-50, 0, 250, 300)),
    ],
)
def test_region(resize, size, region):
    assert ImageSpec(resize=resize).region(*size) == region


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("size", [(200, 80), (80, 200), (100, 100)])
def test_square_shows_the_region(resize, size):
    spec = ImageSpec(size=50, resize=resize)
    left, top, right, bottom = spec.region(*size)
    seen = pixels(gradient(*size), spec) * np.array(spec.std)[:, None, None] + np.array(spec.mean)[:, None, None]
    for y, x in [(25, 25), (10, 25), (25, 10), (10, 10), (40, 33)]:
        photo_x = left + (x + 0.5) / 50 * (right - left) - 0.5
        photo_y = top + (y + 0.5) / 50 * (bottom - top) - 0.5
        if 1 <= photo_x < size[0] - 2 and 1 <= photo_y < size[1] - 2:
            expected = photo_x / (size[0] - 1), photo_y / (size[1] - 1), 60 / 255
        elif not (-1 <= photo_x <= size[0] and -1 <= photo_y <= size[1]):
            expected = spec.mean
        else:
            continue
        assert seen[:, y, x] == pytest.approx(expected, abs=0.02), (y, x)


def test_padding_is_nearly_zero_for_the_network():
    seen = pixels(gradient(100, 20), ImageSpec(size=50, resize="pad"))
    assert np.abs(seen[:, :15]).max() < 0.01
    assert np.abs(seen[:, -15:]).max() < 0.01
    assert np.abs(seen[:, 25]).min() > 0.01


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(30, 30), (70, 45), (20, 31)])
def test_pixels_equal_torchvisions(interpolation, size):
    spec = ImageSpec(size=30, interpolation=interpolation)
    theirs = v2.Compose(
        [
            v2.Resize((30, 30), interpolation=v2.InterpolationMode(interpolation)),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(spec.mean, spec.std),
        ]
    )
    ours = pixels(gradient(*size), spec)
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs(gradient(*size)).numpy()).max() < 1e-5


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
def test_photos_of_one_pixel_or_extreme_shape(resize):
    for size in [(1, 1), (1, 900), (900, 1)]:
        assert np.isfinite(pixels(gradient(*size), ImageSpec(size=32, resize=resize))).all()


def test_spec_round_trip():
    spec = ImageSpec(257, (0.5, 0.4, 0.3), (0.2, 0.2, 0.1), "crop", "bicubic")
    assert ImageSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert hash(ImageSpec(mean=[0.5, 0.5, 0.5])) == hash(ImageSpec(mean=(0.5, 0.5, 0.5)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 0}, "image size is 0, but must be a whole number from 1 to 10,000"),
        ({"size": 224.0}, "image size is 224.0, but must be a whole number from 1 to 10,000"),
        ({"mean": [0.5, 0.5]}, r"image mean must be three numbers .*, not \[0.5, 0.5\]"),
        ({"std": 0.5}, r"image std must be three numbers .*, not 0.5"),
        ({"std": [0.5, 0.5, 0]}, r"image std must be above 0, not \(0.5, 0.5, 0.0\)"),
        ({"std": [0.5, 0.5, float("nan")]}, "image std must be three numbers"),
        ({"resize": "stretch"}, "image resize must be one of squash, crop, pad, not 'stretch'"),
        ({"interpolation": "cubic"}, "image interpolation must be one of bilinear, bicubic, not 'cubic'"),
        ({"colour": 1}, "an image spec has the values .*, but these were given: colour, interpolation, "),
    ],
)
def test_impossible_specs(change, message):
    with pytest.raises(ValueError, match=message):
        ImageSpec.from_dict(ImageSpec().to_dict() | change)


def test_incomplete_spec():
    with pytest.raises(ValueError, match="but these were given: none"):
        ImageSpec.from_dict({})


# training


def test_train_transform_without_randomness_is_the_eval_transform():
    spec = ImageSpec(size=40)
    transform = TrainTransform(spec, flip=0, scale=(1, 1), colour=0)
    assert np.abs(transform(gradient(90, 70)).numpy() - pixels(gradient(90, 70), spec)).max() < 0.03


def test_train_transform_flips_cuts_and_colours():
    spec = ImageSpec(size=40)
    flipped = TrainTransform(spec, flip=1, scale=(1, 1), colour=0)(gradient(40, 40))
    assert np.abs(flipped.numpy() - pixels(gradient(40, 40), spec)[:, :, ::-1]).max() < 0.03
    torch.manual_seed(0)
    cut = TrainTransform(spec, flip=0, scale=(0.5, 0.5), colour=0)(gradient(40, 40))
    red = cut[0] * spec.std[0] + spec.mean[0]
    assert 0.6 < red.max() - red.min() < 0.8, "half of the area is 0.7 of the side"
    coloured = TrainTransform(spec, flip=0, scale=(1, 1), colour=0.5)(gradient(40, 40))
    assert np.abs(coloured.numpy() - pixels(gradient(40, 40), spec)).max() > 0.1


def test_train_transform_follows_the_seed_and_can_be_pickled():
    transform = TrainTransform(ImageSpec(size=32))
    results = []
    for each in (transform, transform, pickle.loads(pickle.dumps(transform))):
        torch.manual_seed(3)
        results.append(each(gradient(50, 60)))
    assert results[0].shape == (3, 32, 32)
    assert results[0].dtype == torch.float32
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])
    assert not torch.equal(results[0], transform(gradient(50, 60)))


def test_module_needs_no_torch():
    code = "import sys, captioner.images, captioner.photos; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
