"""The little CNN: its grid, how far a place sees, that it knows where it lies, and that it learns names and places."""

import torch
from torch import nn

from captioner.nn.encoder.small import Coordinates, ObjectNamer, SmallCNN


def test_64_pixels_become_8_places_of_8():
    assert SmallCNN().features(torch.rand(2, 3, 64, 64)).shape == (2, 144, 8, 8)


def test_coordinates_rise_to_the_right_and_down():
    maps = Coordinates()(torch.zeros(2, 1, 2, 4))
    assert maps.shape == (2, 3, 2, 4)
    torch.testing.assert_close(maps[0, 1], torch.tensor([[-0.75, -0.25, 0.25, 0.75]] * 2))
    torch.testing.assert_close(maps[0, 2], torch.tensor([[-0.5] * 4, [0.5] * 4]))


def test_a_place_sees_its_own_8_pixels_and_5_on_each_side():
    local = SmallCNN().features[:2]
    pixels = torch.rand(1, 3, 64, 64, requires_grad=True)
    local(pixels)[0, :, 4, 4].sum().backward()
    assert pixels.grad is not None
    _, _, rows, columns = pixels.grad.nonzero(as_tuple=True)
    for seen in (rows, columns):
        assert (int(seen.min()), int(seen.max())) == (32 - 5, 39 + 5)


def test_a_far_corner_knows_nothing_of_a_thing():
    """Attention could not be trusted otherwise: it would find out there what stands elsewhere."""
    torch.manual_seed(0)
    empty = torch.rand(1, 3, 64, 64)
    full = empty.clone()
    full[:, :, 40:, 40:] = 1
    with torch.no_grad():
        net = SmallCNN().features
        one, other = net(empty)[:, :, 0, 0], net(full)[:, :, 0, 0]
    torch.testing.assert_close(one, other)


def test_names_alone_teach_it_where_things_are():
    torch.manual_seed(0)
    namer = ObjectNamer(3)
    colours, places = torch.randint(0, 3, (60,)), torch.randint(0, 7, (60, 2))
    pixels = torch.zeros(60, 3, 64, 64)
    for picture, colour, (y, x) in zip(pixels, colours, (places * 8).tolist(), strict=True):
        picture[colour, y : y + 16, x : x + 16] = 1
    optimizer = torch.optim.AdamW(namer.parameters(), lr=3e-3)
    for _ in range(40):
        loss = nn.functional.binary_cross_entropy_with_logits(namer(pixels), nn.functional.one_hot(colours, 3).float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        maps = namer.scores(namer.cnn.features[:2](pixels))
    best = maps[torch.arange(60), colours].flatten(1).argmax(dim=1)
    found = torch.stack([best // 8, best % 8], dim=1) - places
    assert namer(pixels).argmax(dim=1).equal(colours)
    assert ((found >= -1) & (found <= 2)).all(
        dim=1
    ).float().mean() > 0.5  # on the square or next to it; by chance a quarter
