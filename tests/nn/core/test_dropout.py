import pytest
import torch
from torch import nn

from captioner.nn.core.dropout import Dropout, scales


@pytest.mark.parametrize("p", [0.1, 0.4, 0.5, 0.9])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_as_many_values_are_dropped_as_said_and_the_mean_stays(p, kind):
    torch.manual_seed(0)
    scaled = scales(torch.empty(400, 503, dtype=kind), p)
    assert (scaled.dtype, scaled.shape) == (kind, (400, 503))
    assert scaled.unique().tolist() == [0, pytest.approx(1 / (1 - p), rel=2**-8)]
    dropped, count = int((scaled == 0).sum()), scaled.numel()
    assert abs(dropped - p * count) < 5 * (count * p * (1 - p)) ** 0.5


def test_values_are_dropped_independently_of_their_neighbours():
    """Four values share a draw of the generator."""
    torch.manual_seed(0)
    kept = (scales(torch.empty(200_000), 0.5) > 0).double() - 0.5
    for step in (1, 2, 3, 4):
        assert abs((kept[step:] * kept[:-step]).mean()) < 5 * 0.25 / len(kept) ** 0.5


def test_output_and_gradient_are_scaled_alike():
    torch.manual_seed(0)
    x = torch.randn(7, 5, dtype=torch.double, requires_grad=True)
    y = Dropout(0.4)(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(y.detach(), x.detach() * gradient)
    assert set(gradient.flatten().tolist()) == {0.0, 65536 / (65536 - round(0.4 * 65536))}


def test_the_seed_of_torch_decides_and_no_two_calls_are_alike():
    def drawn():
        return scales(torch.empty(1000), 0.5)

    torch.manual_seed(3)
    first, second = drawn(), drawn()
    torch.manual_seed(3)
    assert torch.equal(drawn(), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("x", [torch.randn(3, 4), torch.empty(0, 4), torch.randn(5, 6).t()])
def test_as_torchs_own_where_nothing_is_left_to_chance(x):
    for p, training in ((0.4, False), (0.0, True), (1.0, True)):
        assert torch.equal(Dropout(p).train(training)(x), nn.Dropout(p).train(training)(x))
    assert Dropout(0.4)(x).shape == x.shape
