"""Shares of time are counted by their definition, token for token, without what is no token."""

import pytest
import torch

from captioner.recurrence import activations
from captioner.recurrence.activations import read_text
from captioner.recurrence.saturation import Saturation
from tests.recurrence import language_model


def test_shares_of_gates_made_by_hand():
    values = torch.tensor([[0.05, 0.95], [0.10, 0.90], [0.00, 0.91], [0.50, 0.99], [0.09, 0.0]])  # (w, h)
    saturation = Saturation("gru")
    counted = torch.tensor([True, True, True, True, False])
    for rows in (slice(0, 2), slice(2, 5)):
        saturation.add([{"r": values[rows], "z": 1 - values[rows]}], counted[rows])
    assert saturation.count == 4
    shares = saturation.shares
    assert list(shares) == ["r", "z"]
    torch.testing.assert_close(shares["r"].shut, torch.tensor([[0.5, 0.0]]))
    torch.testing.assert_close(shares["r"].open, torch.tensor([[0.0, 0.75]]))
    torch.testing.assert_close(shares["z"].open, torch.tensor([[0.5, 0.0]]))


def test_a_vanilla_rnn_has_no_gates_and_nothing_read_no_shares():
    assert read_text(language_model.make("rnn"), "x = 1").saturation == {}
    assert Saturation("lstm").shares == {}


@pytest.mark.parametrize("length", [30, 17])  # the last row is filled up
def test_a_text_is_counted_once(length, monkeypatch):
    monkeypatch.setattr(activations, "STRETCH", 10)
    bundle = language_model.make("lstm")
    bundle.network.core.layers.weight_ih[0].data.mul_(20)
    text = language_model.TEXT[:length]
    shares = read_text(bundle, text, gate="o").saturation["o"]
    values = read_text(bundle, text, gate="o").values.reshape(length, 2, 6)
    torch.testing.assert_close(shares.shut.numpy(), (values < 0.1).mean(axis=0), check_dtype=False)
    torch.testing.assert_close(shares.open.numpy(), (values > 0.9).mean(axis=0), check_dtype=False)
    assert shares.open.max() > 0
