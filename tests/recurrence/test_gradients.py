"""Gradients back through time against the chain rule by hand; what scaling and clipping do."""

import pytest
import torch

from captioner.nn.core.cells import CELLS
from captioner.recurrence.gradients import BLOCKS, flow, scaled, spectral_radii, update
from captioner.recurrence.readers import NoiseReader


def test_the_flow_in_a_vanilla_rnn_is_the_product_of_its_jacobians():
    reader = NoiseReader.fresh("rnn", 3, 5, length=6, rows=2)
    hidden = [layers[0].detach() for layers in reader.read().hidden]
    gradient = (hidden[-1] @ reader.readout - reader.target)[:, None] * reader.readout  # of half a mean of two rows
    wanted = [2 * gradient.norm(dim=1).mean()]
    for state in reversed(hidden[1:]):
        gradient = (gradient * (1 - state.square())) @ reader.layers.weight_hh[0]
        wanted.append(2 * gradient.norm(dim=1).mean())
    torch.testing.assert_close(flow(reader), torch.stack(wanted)[None].detach())


@pytest.mark.parametrize("cell", CELLS)
def test_every_layer_and_every_time_has_a_norm(cell):
    found = flow(NoiseReader.fresh(cell, 3, 5, layers=2, length=7, rows=2))
    assert found.shape == (2, 7)
    assert (found > 0).all()
    # at T the lower layer reaches the loss through the upper one only
    assert found[0, 0] != found[1, 0]


def test_a_small_recurrence_fades_a_large_one_explodes_and_gates_hold_on():
    faded, plain, exploded = (
        flow(scaled(NoiseReader.fresh("rnn", 16, 32, length=60), factor))[0] for factor in (0.5, 1, 4)
    )
    assert faded[-1] / faded[0] < 1e-15
    assert exploded[-1] / exploded[0] > 1e6
    gated = flow(NoiseReader.fresh("lstm", 16, 32, length=60))[0]
    assert gated[-1] / gated[0] > 100 * plain[-1] / plain[0]


@pytest.mark.parametrize("cell", CELLS)
def test_spectral_radii_are_those_of_each_gates_block_and_scale_with_it(cell):
    reader = NoiseReader.fresh(cell, 3, 4, layers=2)
    blocks = len(BLOCKS[cell])
    reader.layers.weight_hh[0].data = torch.cat([torch.diag(torch.tensor([1.0, -3, 2, 0]))] * blocks).double()
    first, second = spectral_radii(scaled(reader, 0.5).layers)
    assert first == pytest.approx(dict.fromkeys(BLOCKS[cell], 1.5))
    assert second == pytest.approx(dict.fromkeys(BLOCKS[cell], 0.5))  # begins orthogonal
    assert spectral_radii(reader.layers)[0] == pytest.approx(dict.fromkeys(BLOCKS[cell], 3.0))


def test_clipping_shortens_the_step_and_touches_nothing_else():
    reader = scaled(NoiseReader.fresh("rnn", 8, 16, length=50), 3)
    before = [weight.clone() for weight in reader.layers.parameters()]
    whole, clipped = update(reader, rate=0.1), update(reader, rate=0.1, limit=1.0)
    assert whole.norm == clipped.norm > 100
    assert whole.before == clipped.before < clipped.after + 0.1 < 0.6
    assert whole.after > 0.9
    assert whole.moved == pytest.approx(whole.norm * clipped.moved)
    length = torch.cat([weight.flatten() for weight in before]).norm().item()
    assert clipped.moved == pytest.approx(0.1 / length)
    assert update(reader, rate=0.1, limit=2 * whole.norm) == whole
    assert all(torch.equal(one, other) for one, other in zip(before, reader.layers.parameters(), strict=True))


def test_noise_repeats_by_seed_and_leaves_the_global_chance_alone():
    torch.manual_seed(5)
    one, other = (NoiseReader.fresh("gru", 3, 4, seed=seed) for seed in (1, 1))
    assert torch.equal(flow(one), flow(other))
    assert not torch.equal(flow(one), flow(NoiseReader.fresh("gru", 3, 4, seed=2)))
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))


def test_layers_of_a_network_are_copied_before_noise():
    layers = NoiseReader.fresh("gru", 3, 4, layers=2).layers.float()
    found = flow(NoiseReader.of_layers(layers, length=7, rows=2))
    assert found.shape == (2, 7)
    assert found.dtype == torch.float64
    assert layers.weight_hh[0].dtype == torch.float32


def test_nothing_to_read_and_steps_of_no_length_are_refused():
    with pytest.raises(ValueError, match="length is 0 and rows 4, but at least 1 of each must be read"):
        NoiseReader.fresh("rnn", 3, 5, length=0, rows=4)
    with pytest.raises(ValueError, match=r"rate is 0 and the limit of clipping 1, but both must be above 0"):
        update(NoiseReader.fresh("rnn", 3, 5), rate=0, limit=1)
