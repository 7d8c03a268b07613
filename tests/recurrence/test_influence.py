"""Influence is the gradient of a token's log-probability, by finite differences; nothing from behind or beyond."""

from copy import deepcopy

import pytest
import torch

from captioner.recurrence.influence import influence
from captioner.recurrence.passage import read_passage
from tests.recurrence import language_model

CELLS = ("rnn", "lstm", "gru")


@pytest.fixture(params=CELLS)
def read(request):
    """A network in double precision, with a passage of its text."""
    bundle = language_model.make(request.param)
    ids = bundle.vocabulary.encode(language_model.TEXT)
    network = deepcopy(bundle.network).double()
    return network, read_passage(network, [bundle.vocabulary.start, *ids[:5]], ids[5:20])


def test_a_passage_is_what_the_network_reads(read):
    network, passage = read
    bundle = language_model.make(network.core.layers.kind)
    ids = [bundle.vocabulary.start, *bundle.vocabulary.encode(language_model.TEXT)]
    whole = network.read(torch.tensor([ids[:21]]), gates=True)
    assert len(passage) == 15
    torch.testing.assert_close(passage.logits, whole.logits[0, 5:])
    torch.testing.assert_close(passage.hidden[:, 1], whole.gates[1]["h"][0, 5:])
    losses = torch.nn.functional.cross_entropy(whole.logits[0, 5:-1], torch.tensor(ids[6:21]), reduction="none")
    torch.testing.assert_close(passage.losses, losses)
    state = passage.state(torch.tensor([15]))
    torch.testing.assert_close(state.hidden, whole.state.hidden)
    torch.testing.assert_close(state.cell, whole.state.cell)


@pytest.mark.parametrize(("place", "distance"), [(9, 0), (9, 3), (14, 2), (2, 1)])
def test_influence_is_the_gradient_by_finite_differences(read, place, distance):
    network, passage = read
    found = influence(network, passage, back=4)[place, distance]

    def said(moved: torch.Tensor) -> torch.Tensor:
        embedded = network.words(passage.words[1 : place + 1])
        embedded[place - 1 - distance] += moved
        state = passage.state(torch.tensor([0]))
        for one in network.core.say(embedded):
            state = network.core.step(one[None], state, None).state
        return network.text(state.hidden[-1])[0].log_softmax(dim=0)[passage.words[place + 1]]

    with torch.no_grad():
        steps = 1e-5 * torch.eye(network.words.embedding_dim, dtype=torch.double)
        gradient = torch.stack([(said(step) - said(-step)) / 2e-5 for step in steps])
    torch.testing.assert_close(found, gradient.norm(), rtol=1e-6, atol=1e-9)


def test_what_lies_before_the_passage_is_not_asked(read):
    network, passage = read
    found = influence(network, passage, back=6)
    assert torch.equal(found.isnan(), torch.arange(6) >= torch.arange(15)[:, None])
    torch.testing.assert_close(found[:, :3], influence(network, passage, back=3), equal_nan=True)
    assert influence(network, passage, back=40).shape == (15, 40)
    assert all(weight.requires_grad for weight in network.parameters())
    with pytest.raises(ValueError, match="back is 0, but at least 1 earlier token must be asked"):
        influence(network, passage, back=0)
