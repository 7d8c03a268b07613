import itertools
from typing import Any

import pytest
import torch

from captioner.nn.core.attention import Memory
from captioner.nn.core.cells import CELLS
from captioner.nn.heads.answers import ParallelHead, StackedHead
from captioner.nn.network import Network
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, NetworkSettings

V, C, B, K = 13, 5, 3, 2
CASES = [*itertools.product(CELLS, ["additive", "dot", "none"], [0, 2])]
WORDS = torch.tensor([[1, 5, 6, 7], [1, 8, 0, 0], [1, 9, 4, 0], [0, 0, 0, 0], [1, 10, 11, 12], [1, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 3, 0, 4, 1])  # row 3 does not exist, row 5 is an empty question


def network(glimpses=2, captions=True, kind="stacked", **core) -> Network:
    torch.manual_seed(0)
    settings = NetworkSettings(
        EncoderSettings("small", "none", trainable_stages=2),
        CoreSettings(**{"embedding": 8, "state": 9, "grid": 10, "width": 6} | core),
        AnswerSettings(kind, glimpses=glimpses, width=7, dropout=0.0),
        dropout=0.0,
    )
    return Network(settings, vocabulary=V, answers=C, captions=captions)


def pictures(count=B) -> torch.Tensor:
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_the_head_is_the_equations_of_stacked_attention():
    torch.manual_seed(0)
    head = StackedHead(C, 9, 10, glimpses=2, width=7)
    hidden, grid = torch.randn(1, 9), torch.randn(1, 4, 10)
    verdict = head(hidden, Memory(grid, grid[:, :, :0]))
    u = head.question(hidden)[0]
    for number, look in enumerate(head.looks):
        attention: Any = look.attention
        scores = torch.stack(
            [torch.tanh(attention.key(place) + attention.query(u)) @ attention.energy for place in grid[0]]
        )
        p = scores.softmax(dim=0)
        torch.testing.assert_close(verdict.p[0, number], p)
        seen: Any = look.seen
        u = u + seen((p[:, None] * grid[0]).sum(dim=0))
    torch.testing.assert_close(verdict.logits[0], head.answers(torch.tanh(u)))


@pytest.mark.parametrize("join", ["sum", "product"])
def test_the_parallel_head_is_its_equations(join):
    torch.manual_seed(0)
    head = ParallelHead(C, 9, 10, glimpses=2, width=7, join=join)
    hidden, grid = torch.randn(1, 9), torch.randn(1, 4, 10)
    verdict = head(hidden, Memory(grid, grid[:, :, :0]))
    found, counts = [], []
    for number, (keys, query) in enumerate(
        zip(head.key(grid[0]).split(7, 1), head.query(hidden)[0].split(7), strict=True)
    ):
        scores = keys @ query / 7**0.5
        p = scores.softmax(dim=0)
        torch.testing.assert_close(verdict.p[0, number], p)
        found.append((p[:, None] * head.seen(grid[0])).sum(dim=0))
        counts.append(torch.sigmoid(head.slope[number, 0, 0] * scores + head.bias[number, 0, 0]).sum() / 2)
    seen = torch.cat([*found, torch.stack(counts)])
    if join == "sum":
        joined = torch.relu(head.compare(torch.cat([head.question(hidden)[0], seen])))
    else:
        heard, saw = (
            torch.tanh(value) * torch.sigmoid(gate)
            for value, gate in (head.heard.both(hidden)[0].split(14), head.saw.both(seen).split(14))
        )
        joined = torch.nn.functional.layer_norm(heard * saw, (14,))
    torch.testing.assert_close(verdict.logits[0], head.answers(joined))


def test_a_product_of_small_values_is_as_loud_as_one_of_large_ones():
    torch.manual_seed(0)
    head = ParallelHead(C, 9, 10, width=32, join="product")
    loud: list[torch.Tensor] = []
    head.answers.register_forward_pre_hook(lambda _, inputs: loud.append(inputs[0].std()))
    grid = torch.randn(1, 4, 10)
    for scale in (0.1, 1.0):
        head(scale * torch.randn(1, 9), Memory(scale * grid, grid[:, :, :0]))
    torch.testing.assert_close(torch.stack(loud), torch.ones(2), rtol=0.2, atol=0)


def test_what_the_parallel_head_counts_grows_with_the_number_of_places_that_match():
    torch.manual_seed(0)
    head = ParallelHead(2, 3, 4, glimpses=1, width=5)
    one, hidden = torch.randn(4), torch.randn(1, 3)
    seen: list[torch.Tensor] = []
    head.compare.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0, -1]))
    for copies in (1, 2, 4):
        head(hidden, Memory(one.expand(1, copies, -1), one.expand(1, copies, -1)))
    torch.testing.assert_close(torch.stack(seen), seen[0] * torch.tensor([1, 2, 4]))


def test_counters_learn_how_much_a_place_counts():
    torch.manual_seed(0)
    head = ParallelHead(C, 9, 10, glimpses=2, width=7, counters=3)
    hidden, grid = torch.randn(1, 9), torch.randn(1, 4, 10)
    seen: list[torch.Tensor] = []
    head.compare.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0, -6:]))
    head(hidden, Memory(grid, grid[:, :, :0]))
    assert head.counters is not None
    wanted = torch.zeros(2, 3)
    for number, (keys, query) in enumerate(
        zip(head.key(grid[0]).split(7, 1), head.query(hidden)[0].split(7), strict=True)
    ):
        matches = torch.sigmoid(head.slope[number, 0, 0] * (keys @ query) / 7**0.5 + head.bias[number, 0, 0])
        for match, place in zip(matches, grid[0], strict=True):
            wanted[number] += match * (1 + head.counters(place).exp()).log() / 2
    torch.testing.assert_close(seen[0], wanted.flatten())


@pytest.mark.parametrize(("cell", "attention", "glimpses"), CASES)
def test_questions_that_exist_get_logits_and_the_weights_of_every_look(cell, attention, glimpses):
    net = network(glimpses, cell=cell, attention=attention, positions=True)
    said = net.answer(net.look(pictures()), WORDS, LENGTHS)
    assert said.logits.shape == (5, C)
    assert said.p.shape == (5, glimpses, 16)
    torch.testing.assert_close(said.p.sum(dim=2), torch.ones(5, glimpses))
    if attention != "none":
        torch.testing.assert_close(said.trace.p.sum(dim=1), torch.ones(int(LENGTHS.sum())))


@pytest.mark.parametrize(("attention", "kind"), [("additive", "stacked"), ("dot", "stacked"), ("dot", "parallel")])
def test_an_answer_does_not_depend_on_the_batch(attention, kind):
    net = network(attention=attention, kind=kind).eval()
    together = net.answer(net.look(pictures()), WORDS, LENGTHS)
    rows = (LENGTHS > 0).nonzero().flatten().tolist()
    for place, row in enumerate(rows):
        photo, length = row // K, int(LENGTHS[row])
        alone = net.answer(
            net.look(pictures()[photo : photo + 1]), WORDS[row : row + 1, :length], LENGTHS[row : row + 1]
        )
        torch.testing.assert_close(alone.logits[0], together.logits[place])
        torch.testing.assert_close(alone.p[0], together.p[place])
        here = together.plan.rows == row
        torch.testing.assert_close(alone.trace.p, together.trace.p[here])


def test_a_question_is_read_by_the_core_as_a_caption_is():
    net = network().eval()
    memory = net.look(pictures())
    read, said = net.answer(memory, WORDS, LENGTHS).trace, net.caption(memory, WORDS, LENGTHS).trace
    for one, other in zip([*read[:3], *read.state], [*said[:3], *said.state], strict=True):
        torch.testing.assert_close(one, other)


def gradients(net: Network, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    names, parameters = zip(*[(n, p) for n, p in net.named_parameters() if p.requires_grad], strict=True)
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return {name: grad for name, grad in zip(names, found, strict=True) if grad is not None and grad.abs().sum() > 0}


def test_both_losses_move_the_same_core_and_each_its_own_head():
    net = network(positions=True)

    def losses() -> tuple[torch.Tensor, torch.Tensor]:
        memory = net.look(pictures())
        captions = net.caption(memory, WORDS, LENGTHS).logits.log_softmax(dim=1)[:, 3].sum()
        return captions, net.answer(memory, WORDS, LENGTHS).logits.log_softmax(dim=1)[:, 1].sum()

    captions, answers = gradients(net, losses()[0]), gradients(net, losses()[1])
    joint = gradients(net, sum(losses(), torch.zeros(())))
    shared = {
        name
        for name, p in net.named_parameters()
        if p.requires_grad and name.startswith(("core.", "encoder.", "words."))
    }
    assert shared <= captions.keys()
    assert shared <= answers.keys()
    assert {name for name in captions if name not in shared} == {
        n for n, _ in net.named_parameters() if n.startswith("captions.")
    }
    assert {name for name in answers if name not in shared} == {
        n for n, _ in net.named_parameters() if n.startswith("answers.")
    }
    for name in shared:
        torch.testing.assert_close(joint[name], captions[name] + answers[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("captions", [True, False])
def test_the_state_goes_into_a_network_on_the_meta_device(captions):
    net = network(captions=captions).eval()
    with torch.device("meta"):
        other = network(captions=captions).eval()
    other.load_own_state(net.own_state())
    memory = net.look(pictures())
    assert torch.equal(other.answer(memory, WORDS, LENGTHS).logits, net.answer(memory, WORDS, LENGTHS).logits)
    assert (other.captions is not None) == captions


@pytest.mark.parametrize(("kind", "steps"), [pytest.param("stacked", 300, marks=pytest.mark.slow), ("parallel", 60)])
def test_a_net_learns_eight_questions_by_heart(kind, steps):
    net = network(captions=False, state=24, embedding=16, kind=kind)
    photos = torch.randn(4, 3, 4, 4, generator=torch.Generator().manual_seed(1)).repeat_interleave(8, 2)
    maps = net.encoder.begin(photos.repeat_interleave(8, 3))
    words = torch.tensor([[1, 5, 6], [1, 7, 8]] * 4)
    lengths, right = torch.full((8,), 3), torch.tensor([0, 1, 2, 3, 4, 0, 1, 2])
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(net.answer(net.remember(maps), words, lengths).logits, right)
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert loss < 0.1
    assert net.answer(net.remember(maps), words, lengths).logits.argmax(dim=1).tolist() == right.tolist()
