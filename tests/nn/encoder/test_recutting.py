"""An encoder that is cut elsewhere says what it said, and is the encoder that was cut there at once."""

import pytest
import torch

from captioner.nn.encoder.grid import GridEncoder, fingerprint
from captioner.nn.encoder.recutting import take_over


def encoder(name, k, seed=0):
    torch.manual_seed(seed)
    made = GridEncoder(name, "none", trainable_stages=k)
    for part in (made.stem, made.tail):  # statistics as training would leave them
        for norm in part.modules():
            if isinstance(norm, torch.nn.BatchNorm2d):
                for name, low, high in (("running_mean", -0.1, 0.1), ("running_var", 0.5, 2)):
                    norm.get_buffer(name).uniform_(low, high)
                torch.nn.init.uniform_(norm.weight, 0.5, 2)
                torch.nn.init.uniform_(norm.bias, -0.1, 0.1)
    return made.eval()


@pytest.mark.parametrize(
    ("name", "before", "now"),
    [
        *[("small", before, now) for before, now in ((0, 1), (3, 0), (1, 2))],
        *[("resnet18", before, now) for before, now in ((0, 1), (2, 0), (1, 3))],
        pytest.param("densenet121", 1, 0, marks=pytest.mark.slow),
        pytest.param("mobilenet_v3_small", 0, 2, marks=pytest.mark.slow),
    ],
)
@torch.no_grad()
def test_what_it_says_stays(name, before, now):
    old, new = encoder(name, before), encoder(name, now, seed=1)
    pixels = torch.randn(2, 3, 64, 64)
    take_over(new.parts, old.parts)
    torch.testing.assert_close(new(pixels), old(pixels), rtol=1e-4, atol=1e-4)
    assert new.frozen == (now == 0)


def test_the_frozen_part_is_that_of_an_encoder_cut_there_at_once_so_its_features_are_found():
    """Statistics of new networks are the same in both."""
    torch.manual_seed(0)
    frozen = GridEncoder("resnet18", "none")
    torch.manual_seed(0)
    at_once = GridEncoder("resnet18", "none", trainable_stages=1)
    later = GridEncoder("resnet18", "none", trainable_stages=1)
    take_over(later.parts, frozen.parts)
    assert fingerprint(later) == fingerprint(at_once)


def test_another_network_is_one_sentence():
    with pytest.raises(ValueError, match=r"^the encoder of the bundle is another network than its settings say"):
        take_over(GridEncoder("small", "none", trainable_stages=1).parts, GridEncoder("resnet18", "none").parts)
