"""Linear probes: does a whole layer tell a property, by one logistic regression of it? With a control for each.

A probe that can learn anything says nothing of the layer. So another one is trained on a control task (Hewitt & Liang
2019, arXiv:1909.03368): every kind of token is given a label by chance, about as many as have the property. What the
probe has above its control is what the layer holds beyond the tokens themselves.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.recurrence.activations import Activations
from captioner.recurrence.properties import Mask
from captioner.recurrence.search import auc

MOST = 4000  # tokens of each half that are looked at
DECAY = 1e-3  # of the weights, for values of unit variance
STEPS = 60  # of L-BFGS


class Probe(NamedTuple):
    """How well one layer tells one property, linearly; on the half that did not train the probe."""

    auc: float
    control: float
    """The same of the probe for labels by chance."""

    @property
    def selectivity(self) -> float:
        """What the layer holds beyond what any labels of tokens would give."""
        return self.auc - self.control


def probe(activations: Activations, masks: Sequence[Mask], *, seed: int = 0) -> list[list[Probe | None]]:
    """Probes of each property and layer, trained on the first half of the text, tried on the second.

    Args:
        activations: what the units did.
        masks: of each property, where it holds, (w).
        seed: of the labels by chance.

    Returns:
        For each property one probe a layer; None where the property, or its control, does not change within a half.
    """
    labels = np.stack([*masks, *(control_labels(activations.tokens, mask, seed=seed) for mask in masks)])
    half = len(activations.tokens) // 2
    first, second = (_thinned(*ends) for ends in ((0, half), (half, len(activations.tokens))))
    if not (len(first) and len(second)):
        return [[None] * (activations.values.shape[1] // activations.size) for _ in masks]
    layers = np.split(activations.values, activations.values.shape[1] // activations.size, axis=1)
    areas = [_tried(layer[first], labels[:, first], layer[second], labels[:, second]) for layer in layers]
    properties = range(len(masks))
    return [[_probe(area[number], area[len(masks) + number]) for area in areas] for number in properties]


def control_labels(tokens: Sequence[str], mask: Mask, *, seed: int) -> Mask:
    """The same label for the same token, drawn by chance until as many tokens have it as have the property."""
    kinds, each = np.unique(np.array(tokens), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(kinds))
    shares = np.bincount(each, minlength=len(kinds))[order].cumsum() / len(tokens)
    chosen = order[: 1 + int(np.searchsorted(shares, mask.mean()))]
    return np.isin(each, chosen)


def _thinned(begin: int, end: int) -> np.ndarray:
    """Places at even distances, at most `MOST`."""
    return np.unique(np.linspace(begin, end - 1, min(MOST, end - begin)).astype(int))


def _tried(values: np.ndarray, labels: np.ndarray, others: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The AUC of each label's probe on others, (p); nan where its labels do not change."""
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    x, y = (torch.from_numpy((part - mean) / spread) for part in (values, others))
    weights, bias = fit(x, torch.from_numpy(labels.T).to(x))
    said = (y @ weights + bias).numpy()
    areas = [auc(said[:, [number]], wanted[[number]])[0, 0] for number in range(len(labels))]
    changes = (labels.min(axis=1) < labels.max(axis=1)) & (wanted.min(axis=1) < wanted.max(axis=1))
    return np.where(changes, areas, np.nan)


def fit(x: Float[Tensor, "w h"], labels: Float[Tensor, "w p"]) -> tuple[Float[Tensor, "h p"], Float[Tensor, " p"]]:
    """Logistic regression of each label on x, all at once: weights and biases."""
    weights, bias = (x.new_zeros(size).requires_grad_() for size in ((x.shape[1], labels.shape[1]), labels.shape[1:]))
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = nn.functional.binary_cross_entropy_with_logits(x @ weights + bias, labels) * labels.shape[1]
        value = value + DECAY / 2 * weights.square().sum()
        torch.autograd.backward(value)
        return value

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach(), bias.detach()


def _probe(area: float, control: float) -> Probe | None:
    return None if np.isnan(area) or np.isnan(control) else Probe(float(area), float(control))
