"""A probe finds a feature that is spread over many units, and its control does not; names of tokens tell any labels."""

import numpy as np
import pytest
import torch

from captioner.recurrence.activations import Activations
from captioner.recurrence.probes import Probe, control_labels, fit, probe


def made(chance: np.random.Generator, *, count: int = 1200, size: int = 8) -> tuple[Activations, np.ndarray]:
    """Noise in two layers; a property lies along a direction of the second, in no unit alone."""
    tokens = tuple(chance.choice(list("abcdefgh"), count))
    yes = chance.random(count) < 0.3
    values = chance.normal(size=(count, 2 * size)).astype(np.float32)
    values[:, size:] += 3 * yes[:, None] * chance.choice([-1, 1], size) / np.sqrt(size)
    return Activations(tokens, values, size, "h"), yes


def test_a_planted_feature_is_found_and_its_control_is_not():
    read, yes = made(np.random.default_rng(0))
    ((lower, upper),) = probe(read, [yes])
    assert lower is not None
    assert upper is not None
    assert upper.auc > 0.95
    assert (lower.auc, lower.control, upper.control) == pytest.approx((0.5, 0.5, 0.5), abs=0.08)
    assert upper.selectivity > 0.4


def test_a_layer_that_names_its_tokens_tells_labels_by_chance_as_well():
    read, _ = made(np.random.default_rng(1))
    names = np.eye(8, dtype=np.float32)[["abcdefgh".index(token) for token in read.tokens]]
    named = Activations(read.tokens, names, 8, "h")
    ((found,),) = probe(named, [np.isin(read.tokens, ["a", "b"])])
    assert isinstance(found, Probe)
    assert (found.auc, found.control) == pytest.approx((1, 1))


def test_labels_by_chance_are_the_same_for_the_same_token_and_about_as_many():
    read, yes = made(np.random.default_rng(2))
    labels = control_labels(read.tokens, yes, seed=0)
    assert len({(token, label) for token, label in zip(read.tokens, labels, strict=True)}) == 8
    assert labels.mean() == pytest.approx(yes.mean(), abs=1 / 8)
    assert any(not np.array_equal(labels, control_labels(read.tokens, yes, seed=seed)) for seed in range(1, 9))
    assert control_labels(read.tokens, np.zeros(1200, bool), seed=0).any()


def test_a_property_that_does_not_change_has_no_probe():
    read, yes = made(np.random.default_rng(3))
    late = np.arange(len(yes)) > 1000
    found = probe(read, [late, yes])
    assert found[0] == [None, None]
    assert None not in found[1]
    assert probe(read.part(0, 1), [yes[:1]]) == [[None, None]]


def test_the_fit_is_a_minimum():
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(200, 3, generator=chance, dtype=torch.double)
    labels = (x[:, :1] + torch.randn(200, 2, generator=chance, dtype=torch.double) > 0).double()
    weights, bias = fit(x, labels)
    wrong = torch.sigmoid(x @ weights + bias) - labels
    assert (x.t() @ wrong / 200 + 1e-3 * weights).abs().max() < 1e-3
    assert wrong.mean(dim=0).abs().max() < 1e-3
