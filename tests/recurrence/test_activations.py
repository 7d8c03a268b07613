"""What is read equals what the core's steps give, for texts that are cut into stretches and for captions of photos."""

import numpy as np
import pytest
import torch

from captioner.models.bundle import load_bundle
from captioner.recurrence import activations
from captioner.recurrence.activations import GATES, Unit, read_captions, read_text
from tests import two_heads
from tests.paths import FIXTURES
from tests.recurrence import language_model

PHOTO = FIXTURES / "images/test_000000.png"


def stepped(bundle, text, gate):
    """All units after each token, one step after another."""
    network, rows = bundle.network, []
    state = network.core.layers.zeros(1, network.words.weight)
    with torch.no_grad():
        for number in [bundle.vocabulary.start, *bundle.vocabulary.encode(text)]:
            step = network.core.step(network.core.say(network.words(torch.tensor([number]))), state, None)
            state = step.state
            rows.append(torch.cat([layer[gate] for layer in step.gates], dim=1)[0])
    return torch.stack(rows[1:]).numpy()


@pytest.mark.parametrize(("cell", "gate"), [(cell, gate) for cell, gates in GATES.items() for gate in gates])
def test_a_text_is_read_as_the_core_steps(cell, gate):
    bundle = language_model.make(cell)
    read = read_text(bundle, language_model.TEXT, gate=gate)
    np.testing.assert_allclose(read.values, stepped(bundle, language_model.TEXT, gate), atol=1e-6)
    assert "".join(read.tokens) == language_model.TEXT
    assert read.gate == gate


def test_stretches_begin_warm(monkeypatch):
    bundle = language_model.make("gru")
    monkeypatch.setattr(activations, "STRETCH", 30)
    text = 7 * language_model.TEXT
    read = read_text(bundle, text)
    wanted = stepped(bundle, text, "h")
    np.testing.assert_allclose(read.values[:30], wanted[:30], atol=1e-6)
    np.testing.assert_allclose(read.values, wanted, atol=1e-3)
    monkeypatch.setattr(activations, "WARMING", 2)
    assert np.abs(read_text(bundle, text).values - wanted).max() > 0.01


def test_units_are_named_by_layer_and_number():
    read = read_text(language_model.make("rnn"), "x = 1")
    assert [str(unit) for unit in read.units[4:8]] == ["1:4", "1:5", "2:0", "2:1"]
    assert np.array_equal(read.of(Unit(2, 1)), read.values[:, 7])
    part = read.part(1, 3)
    assert part.tokens == (" ", "=")
    assert np.array_equal(part.values, read.values[1:3])
    assert Unit.parse("2:5", layers=2, size=6) == (2, 5)


def test_words_have_a_space_behind_them():
    read = read_text(language_model.make(words=True), "Print, it is so!")
    assert read.tokens == ("print ", "it ", "is ", "so ")


def test_captions_are_lines_and_read_as_the_network_reads_them(tmp_path):
    bundle = load_bundle(two_heads.save(tmp_path))
    read = read_captions(bundle, [(PHOTO, ["the table", "?!", "how many chairs"]), (PHOTO, ["on the table"])])
    assert "".join(read.tokens) == "the table\nhow many chairs\non the table\n"
    assert read.values.shape == (8, 9)
    for begin, caption in ((0, "the table"), (2, "how many chairs"), (5, "on the table")):
        alone = read_captions(bundle, [(PHOTO, [caption])])
        np.testing.assert_allclose(read.values[begin : begin + len(alone.values)], alone.values, atol=1e-6)


@pytest.mark.parametrize("text", ["", "x", "3:0", "1:6", "0:0", "1:-1", "1:"])
def test_no_such_unit(text):
    with pytest.raises(ValueError, match="is none of 1:0 to 2:5"):
        Unit.parse(text, layers=2, size=6)


def test_what_cannot_be_read_is_one_sentence(tmp_path):
    writer, captioner = language_model.make(), load_bundle(two_heads.save(tmp_path))
    with pytest.raises(ValueError, match="gate 'z' is none of the lstm's: c, i, f, o, g, h"):
        read_text(writer, "x", gate="z")
    with pytest.raises(ValueError, match="the text has no token"):
        read_text(writer, "")
    with pytest.raises(ValueError, match="this bundle sees photos"):
        read_text(captioner, "the table")
    with pytest.raises(ValueError, match="this bundle was not trained on captions"):
        read_captions(writer, [])
    with pytest.raises(ValueError, match="no caption has a word"):
        read_captions(captioner, [(PHOTO, ["!"])])
