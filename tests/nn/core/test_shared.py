import gc
import weakref

import pytest
import torch

from captioner.nn.core.scores import additive_scores, factors_of
from captioner.nn.core.shared import Shared

WORDS = 3


def grids():
    torch.manual_seed(0)
    grid = torch.randn(2, 4, 5, dtype=torch.double, requires_grad=True)
    rows = [torch.randn(2, 3, 4, dtype=torch.double, requires_grad=True) for _ in range(WORDS)]
    queries = [torch.randn(2, 3, 5, dtype=torch.double, requires_grad=True) for _ in range(WORDS)]
    return grid, rows, queries


def words(grid, rows, queries, *, shared):
    """What a few words make of a grid, in all ways in which one is used."""
    whole = Shared(grid) if shared else None
    matrices = grid if whole is None else whole.matrices
    energy = torch.linspace(-1, 1, 5, dtype=torch.double)
    total = matrices.mean().exp()
    for x, q in zip(rows, queries, strict=True):
        z = x @ matrices if whole is None else whole.times(x)
        e = q @ matrices.mT if whole is None else whole.against(q)
        scores = additive_scores(matrices, q + z, energy, factors_of(matrices), None if whole is None else whole.notes)
        total = total + (z.square().sum() + e.sin().sum() + (scores**3).sum())
    return total


def test_values_and_gradients_are_those_of_autograd():
    grid, rows, queries = grids()
    inputs = [grid, *rows, *queries]
    made = [words(grid, rows, queries, shared=shared) for shared in (True, False)]
    torch.testing.assert_close(*made, rtol=1e-12, atol=0)
    found, wanted = (torch.autograd.grad(each, inputs) for each in made)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_gradients_by_finite_differences():
    grid, rows, queries = grids()
    assert torch.autograd.gradcheck(lambda *given: words(given[0], rows, queries, shared=True), (grid,))
    assert torch.autograd.gradcheck(lambda *given: words(grid, given, queries, shared=True), rows)


def test_a_backward_pass_that_does_not_ask_for_it_leaves_nothing_to_the_next():
    grid, rows, queries = grids()
    total = words(grid, rows, queries, shared=True)
    torch.autograd.grad(total, rows, retain_graph=True)
    found = torch.autograd.grad(total, grid, retain_graph=True)
    again = torch.autograd.grad(total, grid)
    wanted = torch.autograd.grad(words(grid, rows, queries, shared=False), grid)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(again, wanted)


@pytest.mark.parametrize("backward", ["none", "all", "some"])
def test_all_is_freed_as_soon_as_nobody_holds_it(backward):
    grid, rows, queries = grids()
    gc.disable()
    try:
        made = grid * 1
        freed = weakref.ref(made)
        total = words(made, rows, queries, shared=True)
        if backward == "all":
            total.backward()
        elif backward == "some":
            torch.autograd.grad(total, rows)
        del made, total
        assert freed() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("used", [0, 1])
def test_what_was_never_multiplied_has_no_gradient_or_that_of_other_ways(used):
    grid, *_ = grids()
    shared = Shared(grid)
    (gradient,) = torch.autograd.grad(shared.matrices.sum() * used, grid)
    assert gradient.unique().tolist() == [used]
    gradients = torch.autograd.grad((grid * 2).sum() + 0 * Shared(grid).times(torch.ones(2, 1, 4).double()).sum(), grid)
    assert gradients[0].unique().tolist() == [2]
