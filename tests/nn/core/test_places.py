import pytest
import torch
from torch import nn

from captioner.nn.core.places import Places

B, N, C = 40, 9, 10


def places(**dropped) -> Places:
    """Shows in its grid the channels, and beyond them where each place lies."""
    shown = Places(C, C + 2, positions=2.0, **dropped)
    with torch.no_grad():
        nn.init.eye_(shown.weight)
        nn.init.zeros_(shown.bias)
    return shown


def test_channels_are_normalised_at_each_place_and_a_place_tells_where_it_lies():
    grid = places()(torch.randn(B, N, C) * 5 + 3)
    torch.testing.assert_close(grid[:, :, :C].mean(dim=2), torch.zeros(B, N), atol=1e-5, rtol=0)
    torch.testing.assert_close(grid[:, :, :C].std(dim=2, correction=0), torch.ones(B, N), atol=1e-4, rtol=0)
    torch.testing.assert_close(grid[0, :, C:], torch.tensor([[x, y] for y in (-2.0, 0, 2) for x in (-2.0, 0, 2)]))


@pytest.mark.parametrize(("dropped", "share"), [({"channel_dropout": 0.5}, 2.0), ({"photo_dropout": 0.5}, 1.0)])
def test_what_is_dropped_is_dropped_at_all_places_in_training_only_and_positions_stay(dropped, share):
    torch.manual_seed(0)
    features = torch.randn(B, N, C)
    plain = places()(features)
    assert torch.equal(places(**dropped).eval()(features), plain)
    grid = places(**dropped)(features)
    there = grid[:, :, :C] != 0
    assert torch.equal(there, there[:, :1].expand(-1, N, -1))
    assert 0.3 < there.float().mean() < 0.7
    torch.testing.assert_close(grid[:, :, :C], plain[:, :, :C] * there * share)
    assert torch.equal(grid[:, :, C:], plain[:, :, C:])
    whole = there.flatten(1).all(dim=1) | ~there.flatten(1).any(dim=1)
    assert whole.all() == ("photo_dropout" in dropped)


def test_components_are_the_largest_and_as_loud_as_wanted_and_are_not_trained():
    torch.manual_seed(0)
    features = torch.randn(B, N, 3) @ torch.randn(3, C) + 0.1 * torch.randn(B, N, C) + torch.randn(C)
    found = Places(C, 4, components=2.0, positions=True)
    assert not any(parameter.requires_grad for parameter in found.parameters())
    found.find_components(features.split(7))
    with torch.no_grad():
        found.weight[:, C:] = 0
    grid = found(features).flatten(0, 1)
    torch.testing.assert_close(grid.mean(dim=0), torch.zeros(4), atol=4e-4, rtol=0)
    variances = grid.var(dim=0, correction=0)
    torch.testing.assert_close(variances.mean(), torch.tensor(4.0), atol=4e-3, rtol=0)
    assert variances.tolist() == sorted(variances.tolist(), reverse=True)
    covariance = (grid.T @ grid / len(grid)).fill_diagonal_(0)
    torch.testing.assert_close(covariance, torch.zeros(4, 4), atol=4e-3, rtol=0)
    whole = torch.nn.functional.layer_norm(features, [C]).flatten(0, 1)
    singular = torch.linalg.svdvals(whole - whole.mean(dim=0)).square()[:4]
    torch.testing.assert_close(variances / variances.sum(), singular / singular.sum(), atol=1e-4, rtol=1e-3)


def test_more_components_than_channels_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match=r"^core\.grid is 11, but 10 channels have only so many .*; set it lower$"):
        Places(C, 11, components=True)


def test_photos_without_anything_to_see_have_no_components():
    with pytest.raises(ValueError, match="the encoder sees the same at every place of all photos"):
        Places(C, 4, components=1.0).find_components([torch.arange(float(C)).expand(B, N, C)])


def test_the_mean_over_a_thing_tells_where_it_moves():
    shown = Places(C, C + 5, positions=2.0, times=3.0)
    with torch.no_grad():
        nn.init.eye_(shown.weight)
        nn.init.zeros_(shown.bias)
    grid = shown(torch.randn(1, 2 * N, C), frames=2)[0, :, C:]
    right, left, up = [3, N + 5], [5, N + 3], [7, N + 1]  # its place in the first frame and in the second
    means = torch.stack([grid[places].mean(dim=0) for places in (right, left, up)])
    torch.testing.assert_close(means[:, :3], torch.zeros(3, 3))
    torch.testing.assert_close(means[:, 3:], torch.tensor([[3.0, 0], [-3, 0], [0, -3]]))
