import math

import pytest
import torch
from torch import nn

from captioner.nn.core import scores
from captioner.nn.core.scores import additive_scores, factors_of, plain_scores

# b, k, n, a and the buffer's elements: one photo a part, uneven parts, all photos in one part
SIZES = [(3, 1, 4, 5, 1), (5, 2, 4, 3, 2 * 4 * 3 * 2), (3, 3, 2, 5, 2**20), (1, 4, 1, 1, 3)]


def tensors(b, k, n, a, dtype=torch.double):
    torch.manual_seed(0)
    shapes = (b, n, a), (b, k, a), (a,)
    return tuple(torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes)


@pytest.mark.parametrize(("b", "k", "n", "a", "buffer"), SIZES)
def test_scores_are_the_sums_of_nested_loops(monkeypatch, b, k, n, a, buffer):
    monkeypatch.setattr(scores, "BUFFER", buffer)
    keys, queries, energy = tensors(b, k, n, a)
    wanted = torch.zeros(b, k, n, dtype=torch.double)
    for photo in range(b):
        for row in range(k):
            for place in range(n):
                for i in range(a):
                    angle = keys[photo, place, i].item() + queries[photo, row, i].item()
                    wanted[photo, row, place] += energy[i].item() * math.tanh(angle)
    for formula in (additive_scores, plain_scores):
        torch.testing.assert_close(formula(keys, queries, energy).detach(), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("b", "k", "n", "a", "buffer"), SIZES)
def test_gradients(monkeypatch, b, k, n, a, buffer):
    monkeypatch.setattr(scores, "BUFFER", buffer)
    inputs = tensors(b, k, n, a)
    assert torch.autograd.gradcheck(additive_scores, inputs)
    weights = torch.randn(b, k, n, dtype=torch.double)
    found = torch.autograd.grad((additive_scores(*inputs) * weights).sum(), inputs)
    wanted = torch.autograd.grad((plain_scores(*inputs) * weights).sum(), inputs)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("key", "query"), [(38.0, -39.5), (-38.0, 38.5), (39.0, 39.0), (60.0, -58.0), (-500.0, 499.0)])
def test_keys_and_queries_of_any_size(key, query):
    """Inside the fast form's range, and beyond it."""
    tensors = torch.tensor([[[key]]]), torch.tensor([[[query]]]), torch.ones(1)
    inputs = tensors[0].requires_grad_(), tensors[1].requires_grad_(), tensors[2].requires_grad_()
    found, wanted = additive_scores(*inputs), plain_scores(*inputs)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6)
    gradients, others = torch.autograd.grad(found, inputs), torch.autograd.grad(wanted, inputs)
    torch.testing.assert_close(gradients, others, rtol=0, atol=1e-6)


def test_what_is_not_a_number_stays_so():
    keys, queries, energy = tensors(1, 1, 2, 3)
    with torch.no_grad():
        keys[0, 1, 0] = float("nan")
    assert additive_scores(keys, queries, energy).isnan().tolist() == [[[False, True]]]


def test_parts_share_one_buffer_and_cover_all_photos_once(monkeypatch):
    monkeypatch.setattr(scores, "BUFFER", 50)
    keys, queries, _ = tensors(5, 2, 4, 3)
    parts = scores._parts(keys, queries)
    assert [part for part, _ in parts] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert len({buffer.data_ptr() for _, buffer in parts}) == 1
    assert all(buffer.numel() <= 50 for _, buffer in parts)


def test_bfloat16_keys_and_queries_with_float32_energy():
    """What autocast gives: the products are in bfloat16, the parameter is not."""
    keys, queries, energy = tensors(8, 5, 16, 32, torch.float32)
    wanted = plain_scores(keys, queries, energy)
    found = additive_scores(keys.bfloat16(), queries.bfloat16(), energy)
    assert found.dtype == torch.bfloat16
    assert (found - wanted).norm() < 1e-2 * wanted.norm()
    weights = torch.randn_like(wanted)
    wanted_gradients = torch.autograd.grad((wanted * weights).sum(), (keys, queries, energy))
    gradients = torch.autograd.grad((found * weights).sum(), (keys, queries, energy))
    for gradient, other in zip(gradients, wanted_gradients, strict=True):
        assert gradient.dtype == torch.float32
        assert (gradient - other).norm() < 1e-2 * other.norm()


def test_the_graph_of_an_export_holds_the_plain_formula():
    class Scores(nn.Module):
        def forward(self, keys, queries, energy):
            return additive_scores(keys, queries, energy)

    inputs = tuple(tensor.detach() for tensor in tensors(2, 3, 4, 5, torch.float32))
    exported = torch.export.export(Scores(), inputs).module()
    torch.testing.assert_close(exported(*inputs), additive_scores(*inputs))


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_factors_made_before_change_nothing(scale):
    keys, queries, energy = tensors(3, 2, 4, 5)
    keys = (scale * keys).detach().requires_grad_()
    found, wanted = additive_scores(keys, queries, energy, factors_of(keys)), additive_scores(keys, queries, energy)
    assert torch.equal(found, wanted)
    inputs = keys, queries, energy
    gradients = (torch.autograd.grad(each.square().sum(), inputs) for each in (found, wanted))
    for one, other in zip(*gradients, strict=True):
        assert torch.equal(one, other)


def test_keys_beyond_the_fast_form_have_no_factors():
    assert factors_of(torch.full((1, 1, 1), 41.0)) is None
    assert factors_of(torch.full((1, 1, 1), torch.nan)) is None
