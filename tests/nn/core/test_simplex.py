import numpy as np
import pytest
import torch

from captioner.nn.core.simplex import NORMALISERS, normalise

SPARSE = ["sparsemax", "entmax"]


def by_bisection(scores, kind):
    """The weights of one row: the threshold is found by halving, without sorting."""
    scores = np.asarray(scores, float) * (0.5 if kind == "entmax" else 1.0)
    power = 2 if kind == "entmax" else 1
    low, high = scores.max() - 1, scores.max()
    for _ in range(100):
        tau = (low + high) / 2
        above = np.maximum(scores - tau, 0) ** power
        low, high = (tau, high) if above.sum() > 1 else (low, tau)
    return above


@pytest.mark.parametrize("spread", [0.01, 1.0, 5.0, 1000.0])
@pytest.mark.parametrize("kind", SPARSE)
def test_weights_are_those_found_by_bisection(kind, spread):
    scores = spread * torch.randn(20, 9, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    wanted = np.stack([by_bisection(row, kind) for row in scores])
    np.testing.assert_allclose(normalise(scores, kind).numpy(), wanted, atol=1e-9)


@pytest.mark.parametrize("kind", NORMALISERS)
@pytest.mark.parametrize(
    "row", [[0.0, 0.0, 0.0], [7.0, 7.0, -3.0], [1e4, 0.0, 0.0], [-1e4, -1e4, -1e4], [3.0]], ids=str
)
def test_weights_of_equal_and_of_extreme_scores_sum_to_one(kind, row):
    p = normalise(torch.tensor([row]), kind)
    assert p.sum().item() == pytest.approx(1)
    assert (p >= 0).all()
    best = torch.tensor(row) == max(row)
    torch.testing.assert_close(p[0, best], p[0, best].mean().expand(int(best.sum())))


@pytest.mark.parametrize("kind", NORMALISERS)
def test_gradients_are_those_of_the_formula(kind):
    scores = torch.randn(4, 3, 7, generator=torch.Generator().manual_seed(1), dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: normalise(s, kind), (scores,))


def test_the_sparser_the_fewer_places_have_a_weight():
    scores = torch.randn(50, 81, generator=torch.Generator().manual_seed(2))
    softmax, entmax, sparsemax = ((normalise(scores, kind) > 0).sum() for kind in ("softmax", "entmax", "sparsemax"))
    assert softmax == scores.numel()
    assert sparsemax < entmax < softmax


@pytest.mark.parametrize("kind", NORMALISERS)
def test_half_precision_scores_give_weights_in_float32(kind):
    assert normalise(torch.randn(2, 5).bfloat16(), kind).dtype == torch.float32
