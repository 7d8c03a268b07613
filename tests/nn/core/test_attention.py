import math

import pytest
import torch

from captioner.nn.core.attention import Memory, SoftAttention

B, K, N, D, Q, A = 3, 2, 4, 5, 6, 7


def attention_and_memory(kind, seed=0, **settings):
    torch.manual_seed(seed)
    attention = SoftAttention(kind, D, Q, width=A, **settings).double()
    grid = torch.randn(B, N, D, dtype=torch.double)
    return attention, Memory(grid, attention.keys(grid)), torch.randn(B * K, Q, dtype=torch.double)


def looped(attention, grid, query, count=N):
    """z and p of one row, number by number, from the formulas of the papers."""
    key, bias = attention.key.weight.tolist(), attention.query.bias.tolist()
    ask = [
        sum(w * x for w, x in zip(row, query, strict=True)) + b
        for row, b in zip(attention.query.weight.tolist(), bias, strict=True)
    ]
    energies = []
    for place in grid:
        told = [sum(w * v for w, v in zip(row, place, strict=True)) for row in key]
        if attention.kind == "additive":
            energies.append(
                sum(w * math.tanh(k + q) for w, k, q in zip(attention.energy.tolist(), told, ask, strict=True))
            )
        else:
            energies.append(sum(k * q for k, q in zip(told, ask, strict=True)) / math.sqrt(A))
    total = sum(math.exp(e) for e in energies)
    p = [math.exp(e) / total for e in energies]
    return [sum(p[i] * grid[i][channel] for i in range(count)) for channel in range(D)], p


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_a_glimpse_is_what_nested_loops_give(kind):
    attention, memory, query = attention_and_memory(kind)
    glimpse = attention(query, memory)
    for row in range(B * K):
        z, p = looped(attention, memory.grid[row // K].tolist(), query[row].tolist())
        torch.testing.assert_close(glimpse.z[row], torch.tensor(z, dtype=torch.double), rtol=0, atol=1e-12)
        torch.testing.assert_close(glimpse.p[row], torch.tensor(p, dtype=torch.double), rtol=0, atol=1e-12)
    torch.testing.assert_close(glimpse.p.sum(dim=1), torch.ones(B * K, dtype=torch.double), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_a_sentinel_is_one_more_place_that_the_state_makes_itself(kind):
    attention, memory, query = attention_and_memory(kind, sentinel=True)
    glimpse = attention(query, memory)
    own = torch.tanh(attention.sentinel(query))
    for row in range(B * K):
        places = torch.cat([memory.grid[row // K], own[row, None]])
        z, p = looped(attention, places.tolist(), query[row].tolist(), count=N + 1)
        torch.testing.assert_close(glimpse.z[row], torch.tensor(z, dtype=torch.double), rtol=0, atol=1e-12)
        torch.testing.assert_close(glimpse.p[row], torch.tensor(p[:N], dtype=torch.double), rtol=0, atol=1e-12)
    assert (glimpse.p.sum(dim=1) < 1).all()


@pytest.mark.parametrize("kind", ["additive", "dot"])
@pytest.mark.parametrize("settings", [{}, {"sentinel": True}, {"normaliser": "sparsemax"}, {"normaliser": "entmax"}])
def test_gradients(kind, settings):
    attention, memory, query = attention_and_memory(kind, **settings)
    inputs = memory.grid.requires_grad_(), query.requires_grad_()
    assert torch.autograd.gradcheck(lambda v, q: tuple(attention(q, Memory(v, attention.keys(v)))), inputs)


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_each_photos_rows_look_at_it_alone(kind):
    attention, memory, query = attention_and_memory(kind)
    kept = torch.tensor([2, 0])
    rows = torch.tensor([2 * K, 2 * K + 1, 0, 1])
    some, all_rows = attention(query[rows], memory.keep(kept)), attention(query, memory)
    torch.testing.assert_close(some.z, all_rows.z[rows])
    torch.testing.assert_close(some.p, all_rows.p[rows])


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_rows_that_are_missing_leave_the_others_as_they_are(kind):
    attention, memory, query = attention_and_memory(kind)
    rows = torch.tensor([1, 4, 5])  # one of the first photo's two, none of the second's, both of the third's
    some, whole = attention(query[rows], memory.of_rows(rows, K)), attention(query, memory)
    torch.testing.assert_close(some.z, whole.z[rows])
    torch.testing.assert_close(some.p, whole.p[rows])


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_autocast(kind):
    attention, memory, query = attention_and_memory(kind)
    wanted = attention(query, memory)
    attention.float()
    with torch.autocast("cpu", torch.bfloat16):
        grid = memory.grid.float()
        found = attention(query.float(), Memory(grid, attention.keys(grid)))
    torch.testing.assert_close(found.p.double(), wanted.p, rtol=0, atol=1e-2)
    torch.testing.assert_close(found.z.double(), wanted.z, rtol=0, atol=3e-2)
    (found.p.float().square().sum() + found.z.float().sum()).backward()
    for parameter in attention.parameters():
        assert parameter.grad.isfinite().all()


def test_an_unknown_kind_is_refused_in_one_sentence(unchecked):
    with pytest.raises(ValueError, match="attention is 'hard', but there are additive, dot, and none"):
        SoftAttention("hard", D, Q)  # type: ignore[arg-type]
