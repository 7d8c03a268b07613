"""Gradient flow in a language model: from the real loss of the next token, through all its layers."""

import pytest
import torch
from torch import nn

from captioner.models.bundle import load_bundle
from captioner.recurrence.gradients import flow, scaled, update
from captioner.recurrence.readers import TextReader
from tests import two_heads
from tests.recurrence import language_model


def test_the_loss_is_that_of_the_token_behind_the_text():
    bundle = language_model.make()
    ids = bundle.vocabulary.encode(language_model.TEXT)
    reader = TextReader.of_text(bundle.network, ids, length=10, rows=3)
    assert [row.tolist() for row in reader.words[[0, 2]]] == [ids[:11], ids[-11:]]
    logits = bundle.network.read(reader.words[:, :-1]).logits[:, -1]
    wanted = nn.functional.cross_entropy(logits, reader.words[:, -1])
    torch.testing.assert_close(reader.read().loss.float(), wanted)


def test_its_flow_scales_and_updates_as_that_of_layers_alone():
    bundle = language_model.make("rnn")
    reader = TextReader.of_text(bundle.network, bundle.vocabulary.encode(language_model.TEXT), length=20)
    whole, faded = flow(reader), flow(scaled(reader, 0.1))
    assert whole.shape == (2, 20)
    assert faded[1, -1] / faded[1, 0] < 1e-3 * whole[1, -1] / whole[1, 0]
    assert update(reader, rate=0.1, limit=1e-3).moved > 0


def test_what_cannot_be_read_is_one_sentence(tmp_path):
    network = language_model.make().network
    with pytest.raises(ValueError, match="the text has 3 tokens, too few to read 10 and name the next; lower --length"):
        TextReader.of_text(network, [4, 5, 6], length=10)
    with pytest.raises(ValueError, match="this bundle sees photos and reads no text of its own"):
        TextReader.of_text(load_bundle(two_heads.save(tmp_path)).network, [4, 5, 6], length=2)
