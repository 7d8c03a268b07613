"""The little CNN: its grid, how far a place sees, and that it knows where it lies."""

import torch
from torch import nn

from captioner.nn.small import Coordinates, SmallCNN


def test_64_pixels_become_8_places_of_8():
    assert SmallCNN().features(torch.rand(2, 3, 64, 64)).shape == (2, 96, 8, 8)


def test_coordinates_rise_to_the_right_and_down():
    maps = Coordinates()(torch.zeros(2, 1, 2, 4))
    assert maps.shape == (2, 3, 2, 4)
    assert maps[0, 1].tolist() == [[-0.5, 0, 0.5, 1]] * 2
    assert maps[0, 2].tolist() == [[0] * 4, [1] * 4]


def test_a_place_sees_29_pixels_around_itself():
    features = SmallCNN().features
    for stage in features.modules():
        if isinstance(stage, nn.Sequential) and isinstance(stage[1], nn.GroupNorm):
            stage[1] = nn.Identity()  # its statistics see the whole picture
    pixels = torch.rand(1, 3, 64, 64, requires_grad=True)
    features(pixels)[0, :, 4, 4].sum().backward()
    assert pixels.grad is not None
    _, _, rows, columns = pixels.grad.nonzero(as_tuple=True)
    for seen in (rows, columns):
        assert (int(seen.min()), int(seen.max())) == (32 - 14, 32 + 14)
