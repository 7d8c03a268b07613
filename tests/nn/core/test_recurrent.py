import pytest
import torch
from torch import nn

from captioner.nn.core.cells import CELLS, RecurrentLayers, State

CELL_MODULES = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
STACKS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
GATES = {"rnn": {"h"}, "lstm": {"i", "f", "g", "o", "c", "h"}, "gru": {"r", "z", "n", "h"}}


def layers_like(stack: nn.RNNBase, kind) -> RecurrentLayers:
    """Our layers with the weights of torch's."""
    ours = RecurrentLayers(kind, stack.input_size, stack.hidden_size, layers=stack.num_layers).double()
    for layer in range(stack.num_layers):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(ours, name)[layer].data = getattr(stack, f"{name}_l{layer}").detach().clone()
    return ours


def say(layers: RecurrentLayers, x: torch.Tensor) -> torch.Tensor:
    return nn.functional.linear(x, layers.weight_ih[0], layers.bias_ih[0])


@pytest.mark.parametrize("kind", CELLS)
def test_a_step_is_torchs_cell(kind):
    torch.manual_seed(0)
    cell = CELL_MODULES[kind](3, 5).double()
    ours = RecurrentLayers(kind, 3, 5).double()
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(ours, name)[0].data = getattr(cell, name).detach().clone()
    x, h, c = torch.randn(4, 3).double(), torch.randn(4, 5).double(), torch.randn(4, 5).double()
    state, gates = ours.step(say(ours, x), State(h[None], c[None] if kind == "lstm" else c[None, :, :0]))
    if kind == "lstm":
        wanted, wanted_cell = cell(x, (h, c))
        torch.testing.assert_close(state.cell[0], wanted_cell, rtol=0, atol=1e-12)
    else:
        wanted = cell(x, h)
        assert state.cell.shape == (1, 4, 0)
    torch.testing.assert_close(state.hidden[0], wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(gates[0]["h"], wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("kind", CELLS)
def test_steps_over_a_sequence_are_torchs_stack(kind, depth):
    torch.manual_seed(1)
    stack = STACKS[kind](3, 5, num_layers=depth).double()
    ours = layers_like(stack, kind)
    x = torch.randn(6, 4, 3).double()
    state, tops = ours.zeros(4, x), []
    for t in range(6):
        state, gates = ours.step(say(ours, x[t]), state)
        tops.append(state.hidden[-1])
        assert [set(layer) for layer in gates] == [GATES[kind]] * depth
    wanted, last = stack(x)
    torch.testing.assert_close(torch.stack(tops), wanted, rtol=0, atol=1e-12)
    last_hidden = last[0] if kind == "lstm" else last
    torch.testing.assert_close(state.hidden, last_hidden, rtol=0, atol=1e-12)
    if kind == "lstm":
        torch.testing.assert_close(state.cell, last[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("kind", CELLS)
def test_the_kernel_gives_what_the_steps_give_and_the_same_gradients(kind, depth):
    torch.manual_seed(4)
    layers = RecurrentLayers(kind, 3, 5, layers=depth)
    for bias in (*layers.bias_ih, *layers.bias_hh):
        torch.nn.init.normal_(bias)
    inputs = torch.randn(7, 4, 3, requires_grad=True)
    begun = State(torch.randn(depth, 4, 5), torch.randn(depth, 4, 5 if kind == "lstm" else 0))

    def by_steps() -> tuple[torch.Tensor, State]:
        state, tops = begun, []
        for x in say(layers, inputs):
            state, _ = layers.step(x, state)
            tops.append(state.hidden[-1])
        return torch.stack(tops), state

    found = []
    for top, state in (by_steps(), layers.run(inputs, begun)):
        cost = (top * torch.linspace(-1, 1, top.numel()).view_as(top)).sum() + state.hidden.sum() + state.cell.sum()
        found.append([top, *state, *torch.autograd.grad(cost, [inputs, *layers.parameters()])])
    assert len(found[0]) == 4 + 4 * depth
    for stepped, ran in zip(*found, strict=True):
        torch.testing.assert_close(ran, stepped, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", CELLS)
def test_gates_explain_the_new_state(kind):
    """The gates are what the equations of the docstrings say, so a drawing of them shows what happened."""
    layers = RecurrentLayers(kind, 3, 5)
    old = State(torch.randn(1, 4, 5), torch.randn(1, 4, 5 if kind == "lstm" else 0))
    state, (gates,) = layers.step(say(layers, torch.randn(4, 3)), old)
    if kind == "lstm":
        torch.testing.assert_close(gates["c"], gates["f"] * old.cell[0] + gates["i"] * gates["g"])
        torch.testing.assert_close(gates["h"], gates["o"] * gates["c"].tanh())
        assert torch.equal(gates["c"], state.cell[0])
    if kind == "gru":
        torch.testing.assert_close(gates["h"], (1 - gates["z"]) * gates["n"] + gates["z"] * old.hidden[0])
    assert torch.equal(gates["h"], state.hidden[0])


def test_dropout_between_layers_only_in_training():
    torch.manual_seed(2)
    layers = RecurrentLayers("lstm", 3, 50, layers=2, dropout=0.5)
    x = say(layers, torch.randn(4, 3))
    zeros = layers.zeros(4, x)
    once, again = (layers.step(x, zeros)[0].hidden for _ in range(2))
    assert torch.equal(once[0], again[0])
    assert not torch.equal(once[1], again[1])
    layers.eval()
    assert torch.equal(layers.step(x, zeros)[0].hidden, layers.step(x, zeros)[0].hidden)


def test_beginning_weights():
    layers = RecurrentLayers("lstm", 3, 4, layers=2)
    for bias in layers.bias_ih:
        assert bias.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8  # i, f, g, o
    for weight in layers.weight_hh:
        for block in weight.chunk(4):
            torch.testing.assert_close(block @ block.t(), torch.eye(4))


@pytest.mark.parametrize("kind", CELLS)
def test_types_may_differ_between_gates_and_state(kind):
    """As under autocast, where products are in bfloat16, and a state of zeros in float32."""
    torch.manual_seed(3)
    layers = RecurrentLayers(kind, 3, 5, layers=2)
    x = torch.randn(4, 3)
    wanted = layers.step(say(layers, x), layers.zeros(4, x))[0].hidden
    with torch.autocast("cpu", torch.bfloat16):
        found = layers.step(say(layers, x), layers.zeros(4, x))[0].hidden
    torch.testing.assert_close(found.float(), wanted, rtol=0, atol=2e-2)


def test_select_and_detach():
    hidden = torch.arange(6.0, requires_grad=True).view(1, 3, 2)
    state = State(hidden, hidden + 10).select(torch.tensor([2, 0, 0]))
    assert state.hidden.tolist() == [[[4, 5], [0, 1], [0, 1]]]
    assert state.cell.tolist() == [[[14, 15], [10, 11], [10, 11]]]
    assert state.hidden.requires_grad
    assert not any(part.requires_grad for part in state.detach())


def test_an_unknown_cell_is_refused_in_one_sentence(unchecked):
    with pytest.raises(ValueError, match="'elman', but there are rnn, lstm, gru"):
        RecurrentLayers("elman", 3, 5)  # type: ignore[arg-type]


def test_no_layer_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="layers is 0, but a recurrent network needs at least 1"):
        RecurrentLayers("rnn", 3, 5, layers=0)
