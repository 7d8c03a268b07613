"""The cost of holding units, all at once, is the loss of a network that is pinned by its weights, one after another."""

import pytest
import torch

from captioner.recurrence import holding
from captioner.recurrence.activations import Unit
from captioner.recurrence.holding import cost_of_holding
from captioner.recurrence.lens import lens
from captioner.recurrence.passage import read_passage
from captioner.recurrence.pinning import pinned
from tests.recurrence import language_model

UNITS = [Unit(1, 0), Unit(2, 5), Unit(1, 4)]


def passage_of(cell, unheard=None):
    bundle = language_model.make(cell)
    network = bundle.network.double()
    for weight in network.core.layers.parameters():
        weight.data.mul_(2)  # so that units matter
    assert network.text is not None
    if unheard is not None:  # of the second layer
        network.text.tokens.weight.data[:, unheard] = 0
        network.core.layers.weight_hh[1].data[:, unheard] = 0
    ids = bundle.vocabulary.encode(language_model.TEXT)
    return network, read_passage(network, [bundle.vocabulary.start, *ids[:3]], ids[3:45])


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_cost_is_that_of_a_pinned_network(cell, monkeypatch):
    network, passage = passage_of(cell)
    monkeypatch.setattr(holding, "PIECES", 4)
    kept = passage.cell if cell == "lstm" else passage.hidden
    wanted = []
    for unit in UNITS:
        mean = kept[:, unit.layer - 1, unit.number].mean()
        still, losses = pinned(network, {unit: float(mean)}), []
        for begin in (0, 10, 20, 30):
            state = passage.state(torch.tensor([begin]))
            (state.cell if cell == "lstm" else state.hidden)[unit.layer - 1, 0, unit.number] = mean
            words = passage.words[begin + 1 : begin + 12]
            with torch.no_grad():
                losses.append(
                    torch.nn.functional.cross_entropy(still.read(words[None, :-1], state).logits[0], words[1:])
                )
        wanted.append(torch.stack(losses).mean() - passage.losses[1:41].mean())
    found = cost_of_holding(network, passage, UNITS)
    torch.testing.assert_close(found, torch.stack(wanted), rtol=1e-6, atol=1e-9)
    assert (found.abs() > 1e-5).all()
    assert cost_of_holding(network, passage, []).shape == (0,)
    assert len(passage) == 42  # one that is only read, and four pieces of ten


def test_a_unit_that_nobody_hears_costs_nothing():
    network, passage = passage_of("gru", unheard=3)
    found = cost_of_holding(network, passage, [Unit(2, 3), Unit(2, 2)])
    assert found[0].abs() < 1e-12
    assert found[1].abs() > 1e-5


def test_the_lens_of_the_top_layer_is_the_network_itself():
    network, passage = passage_of("lstm")
    found = lens(network, passage.hidden, top=2)
    assert found.tokens.shape == found.probabilities.shape == (43, 2, 2)
    best = passage.logits.softmax(dim=1).topk(2, dim=1)
    assert torch.equal(found.tokens[:, 1], best.indices)
    torch.testing.assert_close(found.probabilities[:, 1], best.values)
    lower = network.text(passage.hidden[7, :1]).softmax(dim=1).max()
    torch.testing.assert_close(found.probabilities[7, 0, 0], lower)
