import pytest
import torch

from captioner.nn.core.cells import CELLS
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.nn.writer import Writer

V, R, T = 11, 3, 12
WORDS = torch.randint(4, V, (R, T), generator=torch.Generator().manual_seed(0))


def language_model(cell="lstm", layers=2, dropout=0.0) -> Network:
    torch.manual_seed(0)
    core = CoreSettings(cell=cell, embedding=5, state=7, layers=layers)
    settings = NetworkSettings(EncoderSettings("none"), core, dropout=dropout)
    return Network(settings, vocabulary=V, captions=False)


@pytest.mark.parametrize("gates", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_state_carried_over_windows_equals_one_long_run(cell, gates):
    network = language_model(cell)
    whole = network.read(WORDS, gates=gates)
    state, parts = None, []
    for window in WORDS.split(5, dim=1):
        parts.append(network.read(window, state, gates=gates))
        state = parts[-1].state.detach()
    for name in ("logits", "hidden"):
        joined = torch.cat([getattr(part, name) for part in parts], dim=1)
        torch.testing.assert_close(joined, getattr(whole, name), rtol=0, atol=1e-6)
    for one, other in zip(parts[-1].state, whole.state, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_cut_exactly_at_the_windows_edge(cell):
    """The gradient of the second window is that of a run that begins with the same numbers, made by nobody."""
    network = language_model(cell)
    first = network.read(WORDS[:, :5])
    weights = list(network.core.parameters())

    def gradient(state):
        return torch.autograd.grad(network.read(WORDS[:, 5:], state).logits.square().sum(), weights, retain_graph=True)

    cut, whole = gradient(first.state.detach()), gradient(first.state)
    alone = gradient(type(first.state)(*(torch.tensor(part.tolist()).view_as(part) for part in first.state)))
    for one, other in zip(cut, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    assert any((one - other).abs().max() > 1e-4 for one, other in zip(cut, whole, strict=True))


@pytest.mark.parametrize(("cell", "layers"), [(cell, layers) for cell in CELLS for layers in (1, 3)])
def test_the_writer_says_token_by_token_what_reading_said(cell, layers):
    network = language_model(cell, layers).eval()
    read = network.read(WORDS[:1])
    writer = Writer(network, network.core.layers.zeros(1, network.words.weight))
    assert (writer.photos, writer.device) == (1, torch.device("cpu"))
    state = writer.select(writer.begin(), torch.tensor([0]))
    for time in range(T):
        spoken = writer.step(WORDS[0, time, None], state)
        state = spoken.state
        torch.testing.assert_close(spoken.logits[0], read.logits[0, time], rtol=0, atol=1e-5)
        assert spoken.p.shape == (1, 0)


@pytest.mark.parametrize("cell", CELLS)
def test_bfloat16_reads_on_every_cpu(cell):
    network = language_model(cell)
    with torch.autocast("cpu", torch.bfloat16):
        read = network.read(WORDS)
        again = network.read(WORDS, read.state)
    again.logits.float().sum().backward()
    torch.testing.assert_close(read.logits.float(), network.read(WORDS).logits, rtol=0, atol=5e-2)


@pytest.mark.parametrize("cell", CELLS)
def test_gates_come_by_row_and_time_and_h_is_the_hidden_state(cell):
    read = language_model(cell).read(WORDS, gates=True)
    assert [gate.shape for layer in read.gates for gate in layer.values()] == [(R, T, 7)] * 2 * len(read.gates[0])
    assert torch.equal(read.gates[-1]["h"], read.hidden)


def test_dropout_and_a_gradient_in_every_parameter():
    network = language_model(dropout=0.5)
    assert not torch.equal(network.read(WORDS).logits, network.read(WORDS).logits)
    network.read(WORDS).logits.log_softmax(dim=2)[:, :, 4].sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_language_model_takes_no_photos():
    with pytest.raises(ValueError, match="encoder none sees no photos, so it learns neither captions nor answers"):
        Network(NetworkSettings(EncoderSettings("none")), vocabulary=V)
