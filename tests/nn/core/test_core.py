import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore, Step, Trace
from captioner.nn.core.attention import Memory
from captioner.nn.core.cells import CELLS, State
from captioner.nn.core.plan import Plan

B, K, T, E, C, N = 4, 3, 6, 6, 10, 9
# by photo: long captions, short ones, fewer than slots, none (-1: an empty caption less its last word)
RAGGED = torch.tensor([[6, 5, 5], [2, 1, 1], [4, 0, 0], [0, -1, 0]]).flatten()
EVEN = torch.full((B * K,), T)
LATE = torch.tensor([[0, 6, 0], [0, 0, 1], [0, 0, 0], [3, 3, 3]]).flatten()
EVERY = list(itertools.product(CELLS, [1, 2], ["additive", "dot", "none"]))


def make(cell: Any = "lstm", layers: int = 1, attention: Any = "additive", **settings: Any):
    torch.manual_seed(0)
    core = AttendingCore(E, C, grid=8, cell=cell, state=7, layers=layers, attention=attention, width=5, **settings)
    return core.eval(), core.remember(torch.randn(B, N, C)), torch.randn(B * K, T, E)


def read(core: AttendingCore, memory: Memory, words: Tensor, lengths: Tensor) -> Trace:
    plan = Plan(lengths, len(memory.grid))
    return core(words[plan.rows, plan.times], plan, core.begin(memory, K), memory)


def steps(core, memory, words) -> list[Step]:
    state, made = core.begin(memory, K), []
    for t in range(words.shape[1]):
        made.append(core.step(core.say(words[:, t]), state, memory))
        state = made[-1].state
    return made


ORDERS = [{"layers": 1, "asks_after": 1}, {"layers": 2, "asks_after": 1}, {"layers": 2, "asks_after": 2}]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("more", [{}, {"word_query": True, "sentinel": True, "normaliser": "entmax"}], ids=str)
def test_attention_may_ask_after_layers_have_read_the_word(cell, order, more):
    core, memory, words = make(cell, **order, **more)
    trace, made, plan = read(core, memory, words, RAGGED), steps(core, memory, words), Plan(RAGGED, B)
    for name in ("hidden", "z", "p"):
        stepped = torch.stack([getattr(step, name) for step in made], dim=1)[plan.rows, plan.times]
        torch.testing.assert_close(getattr(trace, name), stepped, rtol=0, atol=1e-5)
    own = CELL_MODULES[cell]
    state, lower = core.begin(memory, K), order["asks_after"]
    inputs, hidden = words[:, 0], []
    for layer in range(order["layers"]):
        if layer == lower:
            inputs = torch.cat([inputs, made[0].z], dim=1)
        torchs = own(inputs.shape[1], 7)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(torchs, name).data = getattr(core.layers, name)[layer].data
        before = state.hidden[layer]
        inputs = torchs(inputs, (before, state.cell[layer]))[0] if cell == "lstm" else torchs(inputs, before)
        hidden.append(inputs)
    torch.testing.assert_close(made[0].state.hidden, torch.stack(hidden), rtol=0, atol=1e-5)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_word_just_read_moves_an_attention_that_asks_after_it(order):
    core, memory, words = make("gru", **order)
    first, other = (core.step(core.say(word), core.begin(memory, K), memory) for word in (words[:, 0], words[:, 1]))
    assert not torch.allclose(first.p, other.p)
    before, _, _ = make("gru", order["layers"])
    first, other = (
        before.step(before.say(word), before.begin(memory, K), memory) for word in (words[:, 0], words[:, 1])
    )
    torch.testing.assert_close(first.p, other.p)


@pytest.mark.parametrize("lengths", [EVEN, RAGGED, LATE], ids=["even", "ragged", "late"])
@pytest.mark.parametrize(("cell", "layers", "attention"), EVERY)
def test_forward_over_given_words_is_one_step_after_another(cell, layers, attention, lengths):
    core, memory, words = make(cell, layers, attention)
    trace = read(core, memory, words, lengths)
    made = steps(core, memory, words)
    plan = Plan(lengths, B)
    for name in ("hidden", "z", "p"):
        stepped = torch.stack([getattr(step, name) for step in made], dim=1)[plan.rows, plan.times]
        torch.testing.assert_close(getattr(trace, name), stepped, rtol=0, atol=1e-5)
    begun = core.begin(memory, K)
    for row, length in enumerate(lengths.tolist()):
        own = made[length - 1].state if length > 0 else begun
        torch.testing.assert_close(trace.state.hidden[:, row], own.hidden[:, row], rtol=0, atol=1e-5)
        torch.testing.assert_close(trace.state.cell[:, row], own.cell[:, row], rtol=0, atol=1e-5)


CELL_MODULES = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


def gates_by_hand(cell, x, h):
    """The gates of one of torch's own cells, from its weights and the equations of torch's documentation."""
    u, w = h @ cell.weight_hh.t() + cell.bias_hh, x @ cell.weight_ih.t() + cell.bias_ih
    if isinstance(cell, nn.LSTMCell):
        i, f, g, o = (u + w).split(cell.hidden_size, dim=1)
        return {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid()}
    if isinstance(cell, nn.GRUCell):
        (u_r, u_z, u_n), (w_r, w_z, w_n) = (part.split(cell.hidden_size, dim=1) for part in (u, w))
        r = (u_r + w_r).sigmoid()
        return {"r": r, "z": (u_z + w_z).sigmoid(), "n": (w_n + r * u_n).tanh()}
    return {}


@pytest.mark.parametrize("lengths", [EVEN, RAGGED], ids=["even", "ragged"])
@pytest.mark.parametrize(("kind", "layers", "attention"), EVERY)
def test_all_gates_cells_and_states_are_those_of_torchs_own_cells(kind, layers, attention, lengths):
    core, memory, words = make(kind, layers, attention)
    plan = Plan(lengths, B)
    given, begun = words[plan.rows, plan.times], core.begin(memory, K)
    trace = core(given, plan, begun, memory, gates=True)
    inputs = torch.cat([given, trace.z], dim=1)
    for layer, gates in enumerate(trace.gates):
        own = CELL_MODULES[kind](inputs.shape[1], 7)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(own, name).data = getattr(core.layers, name)[layer].data
        for row in set(plan.rows.tolist()):
            hidden, cell = begun.hidden[layer, row, None], begun.cell[layer, row, None]
            for word in (plan.rows == row).nonzero().flatten():
                wanted = gates_by_hand(own, inputs[word, None], hidden)
                if kind == "lstm":
                    hidden, cell = own(inputs[word, None], (hidden, cell))
                    wanted["c"] = cell
                else:
                    hidden = own(inputs[word, None], hidden)
                wanted["h"] = hidden
                assert gates.keys() == wanted.keys()
                for name, values in wanted.items():
                    torch.testing.assert_close(gates[name][word, None], values, rtol=0, atol=1e-6)
        inputs = gates["h"]
    assert len(trace.gates) == layers


@pytest.mark.parametrize("attention", ["additive", "none"])
def test_asking_for_gates_changes_nothing_else_and_not_asking_keeps_none(attention):
    core, memory, words = make("lstm", 2, attention)
    plan = Plan(EVEN, B)
    given, begun = words[plan.rows, plan.times], core.begin(memory, K)
    asked, silent = core(given, plan, begun, memory, gates=True), core(given, plan, begun, memory)
    assert silent.gates == []
    for one, other in zip((*asked[:3], *asked.state), (*silent[:3], *silent.state), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def test_a_core_without_photos_reads_words_alone():
    core = AttendingCore(E, 0, cell="gru", state=7).eval()
    words = torch.randn(2 * T, E)
    begun = core.layers.zeros(2, words)
    trace = core(words, Plan(torch.tensor([T, T]), 1), begun, None)
    state, tops = begun, []
    for said in core.say(words).split(2):
        step = core.step(said, state, None)
        state = step.state
        tops.append(step.hidden)
    torch.testing.assert_close(trace.hidden, torch.cat(tops), rtol=0, atol=1e-6)
    assert trace.p.shape == (2 * T, 0)


@pytest.mark.parametrize("attention", ["additive", "dot", "none"])
def test_padding_longer_changes_nothing(attention):
    core, memory, words = make(attention=attention)
    trace = read(core, memory, words, RAGGED)
    longer = torch.cat([words, torch.full((B * K, 5, E), float("nan"))], dim=1)
    for row, length in enumerate(RAGGED.tolist()):
        longer[row, max(length, 0) :] = float("nan")
    padded = read(core, memory, longer, RAGGED)
    for one, other in zip((*trace[:3], *trace.state), (*padded[:3], *padded.state), strict=True):
        torch.testing.assert_close(one, other)


def test_rows_do_not_depend_on_the_rows_beside_them():
    core, memory, words = make()
    trace = read(core, memory, words, RAGGED)
    for photo in (0, 2):
        rows = torch.arange(photo * K, photo * K + K)
        alone_memory = memory.keep(torch.tensor([photo]))
        alone = read(core, alone_memory, words[rows], RAGGED[rows])
        torch.testing.assert_close(alone.state.hidden, trace.state.hidden[:, rows], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("cell", "layers", "attention"), EVERY)
def test_a_gradient_in_every_parameter(cell, layers, attention):
    for gate, positions in ((True, True), (False, False)):
        core, _, words = make(cell, layers, attention, gate=gate, positions=positions)
        features = torch.randn(B, N, C, requires_grad=True)
        memory = core.remember(features)
        trace = read(core, memory, words, RAGGED)
        (trace.hidden.square().sum() + trace.z.square().sum()).backward()
        for name, parameter in core.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name
        assert features.grad is not None
        assert features.grad[:3].abs().sum(dim=(1, 2)).min() > 0
        assert features.grad[3].abs().max() == 0  # nobody spoke of that photo


@pytest.mark.parametrize(("cell", "layers", "attention"), EVERY)
def test_autocast_gives_the_same_to_the_rounding_of_bfloat16(cell, layers, attention):
    core, _, words = make(cell, layers, attention)
    features = torch.randn(B, N, C)

    def run():
        core.zero_grad()
        memory = core.remember(features)
        trace = read(core, memory, words, RAGGED)
        (trace.hidden.float().square().sum() + trace.z.float().square().sum()).backward()
        return trace, {name: parameter.grad.clone() for name, parameter in core.named_parameters()}

    wanted, wanted_gradients = run()
    with torch.autocast("cpu", torch.bfloat16):
        found, gradients = run()
    torch.testing.assert_close(found.hidden.float(), wanted.hidden, rtol=0, atol=3e-2)
    torch.testing.assert_close(found.z.float(), wanted.z, rtol=0, atol=3e-2)
    torch.testing.assert_close(found.p.float(), wanted.p, rtol=0, atol=1e-2)
    for name, gradient in gradients.items():
        wanted_gradient = wanted_gradients[name]
        assert (gradient - wanted_gradient).norm() < 0.1 * wanted_gradient.norm() + 1e-3, name


def test_the_state_before_may_come_from_anywhere():
    """A state of float32 zeros under autocast, as in a language model or when a dialogue goes on."""
    core, memory, words = make("gru")
    with torch.autocast("cpu", torch.bfloat16):
        plan = Plan(EVEN, B)
        trace = core(words[plan.rows, plan.times], plan, core.layers.zeros(B * K, words), memory)
    assert trace.state.hidden.isfinite().all()


def test_a_core_without_photos_is_a_plain_language_model():
    torch.manual_seed(0)
    core = AttendingCore(E, 0, cell="gru", state=7, layers=2)
    assert {name.split(".")[0] for name, _ in core.named_parameters()} == {"layers"}
    stack = torch.nn.GRU(E, 7, num_layers=2, batch_first=True)
    for layer in range(2):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(stack, f"{name}_l{layer}").data = getattr(core.layers, name)[layer].data
    words = torch.randn(3, T, E)
    nothing = torch.zeros(0, 0, 0)
    plan = Plan(torch.tensor([6, 6, 6]), 1)
    trace = core(words[plan.rows, plan.times], plan, core.layers.zeros(3, words), Memory(nothing, nothing))
    wanted, last = stack(words)
    torch.testing.assert_close(trace.hidden, wanted[plan.rows, plan.times])
    torch.testing.assert_close(trace.state.hidden, last)


def test_the_gate_multiplies_z_by_a_sigmoid_of_the_state_before():
    core, memory, words = make()
    state = core.begin(memory, K)
    gated = core.step(core.say(words[:, 0]), state, memory)
    ungated_z, p = core.attention(state.hidden[-1], memory)
    torch.testing.assert_close(gated.z, torch.sigmoid(core.gate(state.hidden[-1])) * ungated_z)
    torch.testing.assert_close(gated.p, p)


def test_the_first_state_is_made_of_the_mean_of_the_grid():
    core, memory, _ = make("lstm", 2)
    state = core.begin(memory, K)
    wanted = torch.tanh(memory.grid.mean(dim=1) @ core.start.weight.t() + core.start.bias).view(B, 4, 7)
    for row in range(B * K):
        torch.testing.assert_close(state.hidden[:, row], wanted[row // K, :2])
        torch.testing.assert_close(state.cell[:, row], wanted[row // K, 2:])


def test_a_core_may_begin_with_what_is_the_same_for_every_photo():
    core, memory, _ = make("lstm", 2, start="learned")
    state = core.begin(memory, K)
    wanted = torch.tanh(core.start).view(4, 1, 7).expand(4, B * K, 7)
    torch.testing.assert_close(state.hidden, wanted[:2])
    torch.testing.assert_close(state.cell, wanted[2:])


@pytest.mark.parametrize("attention", ["additive", "dot"])
def test_a_word_asks_the_attention_that_it_is_read_with(attention):
    core, memory, words = make("gru", 1, attention, word_query=True)
    state = core.begin(memory, K)
    step = core.step(core.say(words[:, 0]), state, memory)
    queries = core.attention.query(state.hidden[-1]) + core.hear(words[:, 0])
    core.attention.query = nn.Identity()
    torch.testing.assert_close(step.p, core.attention(queries, memory).p)
    plain, memory, words = make("gru", 1, attention)
    state = plain.begin(memory, K)
    p = [plain.step(plain.say(words[:, t]), state, memory).p for t in (0, 1)]
    assert torch.equal(*p)  # whatever the word


def test_words_that_ask_are_read_one_step_after_another():
    core, memory, words = make("gru", 1, "dot", word_query=True, start="learned")
    plan = Plan(RAGGED, B)
    for name in ("hidden", "z", "p"):
        stepped = torch.stack([getattr(step, name) for step in steps(core, memory, words)], dim=1)
        trace = getattr(read(core, memory, words, RAGGED), name)
        torch.testing.assert_close(trace, stepped[plan.rows, plan.times], rtol=0, atol=1e-5)


def test_positions_tell_equal_places_apart():
    features = torch.randn(1, 1, C).expand(1, N, C)
    for loud in (True, 4.0):
        core, _, _ = make(positions=loud)
        places = core.remember(features).grid[0]
        assert len(places.unique(dim=0)) == N
        weights = core.project.weight[:, C:].detach()  # x, then y
        torch.testing.assert_close(places[2] - places[0], 2 * loud * weights[:, 0])  # from the left to the right
        torch.testing.assert_close(places[6] - places[0], 2 * loud * weights[:, 1])  # from the top to the bottom
    core, _, _ = make()
    places = core.remember(features).grid[0]
    torch.testing.assert_close(places, places[:1].expand(N, -1))


def test_dropout_only_in_training():
    core, _, words = make(layers=2, dropout=0.5)
    features = torch.randn(B, N, C)

    def hidden():
        memory = core.remember(features)
        return read(core, memory, words, EVEN).hidden

    assert torch.equal(hidden(), hidden())
    core.train()
    assert not torch.equal(hidden(), hidden())


def test_rows_of_a_state_can_be_selected_and_followed():
    """What a beam search does: rows of a photo are exchanged, and each goes on as before."""
    core, memory, words = make()
    state = steps(core, memory, words[:, :2])[-1].state
    swapped = torch.tensor([1, 0, 2, *range(3, 12)])
    said = core.say(words[:, 2])
    straight, crossed = core.step(said, state, memory), core.step(said[swapped], state.select(swapped), memory)
    torch.testing.assert_close(crossed.hidden, straight.hidden[swapped])
    assert isinstance(crossed.state, State)
