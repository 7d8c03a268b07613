"""A pinned unit keeps its value whatever is read, and nothing else is touched."""

import pytest
import torch

from captioner.decoding.settings import Decoding
from captioner.images import pixels
from captioner.models.bundle import load_bundle
from captioner.nn.core.cells import CELLS, State
from captioner.nn.writer import Writer
from captioner.photos import read_photo
from captioner.recurrence.activations import Unit
from captioner.recurrence.pinning import Pinned, caption, pinned, write
from tests import two_heads
from tests.paths import FIXTURES
from tests.recurrence import language_model

PHOTO = FIXTURES / "images/test_000000.png"
SAMPLED = Decoding("sample", max_words=30, min_words=30, seed=1)


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.4])
@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_a_pinned_unit_keeps_its_value(cell, value):
    bundle = language_model.make(cell)
    pins = {Unit(1, 2): value, Unit(2, 5): value / 2}
    network = pinned(bundle.network, pins)
    stepper = Pinned(Writer(network, network.core.layers.zeros(3, network.words.weight)), pins)
    state = stepper.select(stepper.begin(), torch.tensor([2, 0]))
    for word in range(4, 14):
        state = stepper.step(torch.tensor([word, word + 1]), state).state
        held = state.cell if cell == "lstm" else state.hidden
        torch.testing.assert_close(held[0, :, 2], torch.full((2,), value))
        torch.testing.assert_close(held[1, :, 5], torch.full((2,), value / 2))
        assert held[0, :, 3].abs().min() > 0


@torch.no_grad()
def test_pinning_where_a_unit_is_changes_nothing_else_in_that_step():
    bundle = language_model.make("gru", layers=1)
    word = torch.tensor([[5]])
    free = bundle.network.read(word)
    held = pinned(bundle.network, {Unit(1, 4): 0.0}).read(word, State(*(torch.zeros_like(part) for part in free.state)))
    changed = (free.state.hidden != held.state.hidden)[0, 0]
    assert changed.tolist() == [False, False, False, False, True, False]


def test_what_is_written_changes_and_without_pins_does_not():
    bundle = language_model.make()
    for parameter in bundle.network.parameters():
        parameter.data *= 4
    before = {name: weight.clone() for name, weight in bundle.network.state_dict().items()}
    free = write(bundle, "print", SAMPLED, {})
    assert len(free) == 30
    assert write(bundle, "print", SAMPLED, {}) == free
    assert write(bundle, "print", SAMPLED, {Unit(2, number): 3.0 for number in range(6)}) != free
    assert len(write(bundle, "", SAMPLED, {Unit(1, 0): 0.0})) == 30
    assert all(torch.equal(weight, before[name]) for name, weight in bundle.network.state_dict().items())


def test_a_caption_changes(tmp_path):
    bundle = load_bundle(two_heads.save(tmp_path))
    assert bundle.network.captions is not None
    bundle.network.captions.hidden.weight.data *= 100  # so that words hang on the state
    seen = pixels(read_photo(PHOTO), bundle.image)
    free = caption(bundle, seen, Decoding(max_words=5), {})
    assert caption(bundle, seen, Decoding(max_words=5), {Unit(1, number): 9.0 for number in range(9)}) != free


def test_what_cannot_be_pinned_is_one_sentence(tmp_path):
    bundle, captioner = language_model.make("rnn"), load_bundle(two_heads.save(tmp_path, captions=False))
    with pytest.raises(ValueError, match=r"unit 1:0 cannot be pinned to 1\.5: hidden states lie from -1 to 1"):
        write(bundle, "x", SAMPLED, {Unit(1, 0): 1.5})
    with pytest.raises(ValueError, match="this bundle sees photos"):
        write(captioner, "x", SAMPLED, {})
    with pytest.raises(ValueError, match="was not trained on captions"):
        caption(captioner, pixels(read_photo(PHOTO), captioner.image), SAMPLED, {})
