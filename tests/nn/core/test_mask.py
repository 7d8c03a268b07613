"""Places that are not there: no weight falls on them, and all else is as if the grid ended before them."""

import pytest
import torch

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.core.simplex import NORMALISERS


def core(**settings):
    torch.manual_seed(0)
    return AttendingCore(3, 6, grid=5, state=4, width=4, **settings).double().eval()


@pytest.mark.parametrize("attention", ["additive", "dot"])
@pytest.mark.parametrize("normaliser", NORMALISERS)
@pytest.mark.parametrize("sentinel", [False, True])
def test_a_masked_place_is_as_none(attention, normaliser, sentinel):
    network = core(attention=attention, normaliser=normaliser, sentinel=sentinel)
    features = torch.randn(2, 5, 6, dtype=torch.double, requires_grad=True)
    mask = torch.arange(5) < torch.tensor([[5], [3]])
    words, plan = torch.randn(8, 3, dtype=torch.double), Plan(torch.tensor([4, 4]), 2)
    memory = network.remember(features, mask=mask)
    trace = network(words, plan, network.begin(memory), memory)
    assert not trace.p[plan.rows == 1, 3:].any()

    alone = network.remember(features[1:, :3])
    own = network(words[plan.rows == 1], Plan(torch.tensor([4]), 1), network.begin(alone), alone)
    torch.testing.assert_close(trace.hidden[plan.rows == 1], own.hidden, rtol=0, atol=1e-12)
    torch.testing.assert_close(trace.p[plan.rows == 1, :3], own.p, rtol=0, atol=1e-12)

    (gradient,) = torch.autograd.grad(trace.hidden.square().sum(), features)
    assert gradient.isfinite().all()
    assert not gradient[1, 3:].any()


def test_a_photo_that_stays_keeps_its_mask():
    memory = core().remember(
        torch.randn(2, 3, 6, dtype=torch.double), mask=torch.tensor([[True, True, True], [True] + 2 * [False]])
    )
    kept = memory.keep(torch.tensor([1]))
    assert kept.mask is not None
    assert kept.mask.tolist() == [[True, False, False]]
    torch.testing.assert_close(kept.mean(), memory.grid[1:, 0])
