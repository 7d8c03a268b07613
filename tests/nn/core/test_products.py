"""Products of rounded sizes give what torch's own give, and in bfloat16 there are few sizes."""

import pytest
import torch
from torch.nn.functional import linear as plain

from captioner.nn.core.products import Linear, linear, ready, rounded


@pytest.mark.parametrize(
    ("rows", "expected"), [(0, 0), (1, 1), (8, 8), (15, 15), (17, 18), (33, 36), (87, 88), (1617, 1664)]
)
def test_rounded(rows, expected):
    assert rounded(rows) == expected


def test_few_sizes_and_little_more_than_was_asked():
    assert len({rounded(rows) for rows in range(1, 2049)}) < 80
    assert all(rows <= rounded(rows) <= 1.125 * rows for rows in range(1, 5000))


@pytest.mark.parametrize("shape", [(37, 6), (3, 11, 6), (6,), (0, 6)])
@pytest.mark.parametrize("bias", [True, False])
def test_numbers_and_gradients_are_torchs(shape, bias):
    ours = Linear(6, 5, bias=bias)
    results = []
    for product in (linear, plain):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
        ours.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            y = product(x, ours.weight, ours.bias)
        y.float().square().sum().backward()
        results.append([y, x.grad, *(each.grad for each in ours.parameters())])
    for mine, torchs in zip(*results, strict=True):
        assert mine.dtype == torchs.dtype
        assert torch.allclose(mine, torchs, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32])
def test_sizes_are_rounded_in_bfloat16_alone(kind, monkeypatch):
    seen: list[int] = []

    def counted(x: torch.Tensor, *more: torch.Tensor) -> torch.Tensor:
        seen.append(len(x))
        return plain(x, *more)

    monkeypatch.setattr(torch.nn.functional, "linear", counted)
    with torch.autocast("cpu", kind, enabled=kind == torch.bfloat16):
        assert Linear(6, 5)(torch.randn(37, 6)).shape == (37, 5)
    Linear(6, 5).to(kind)(torch.randn(37, 6, dtype=kind))
    assert seen == ([40, 40] if kind == torch.bfloat16 else [37, 37])


def test_a_cut_is_converted_once_under_autocast_and_else_left_as_it_is():
    weight = torch.randn(3, 4, requires_grad=True)
    cut = weight[:, 1:]
    assert ready(cut) is cut
    with torch.autocast("cpu", torch.bfloat16):
        converted = ready(cut)
    assert converted.dtype == torch.bfloat16
    assert torch.autograd.grad(converted.float().sum(), weight)[0].tolist() == [[0, 1, 1, 1]] * 3
