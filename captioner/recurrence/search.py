"""Which unit tells a property best: the area under the ROC curve by ranks, found on one part and checked on another."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from captioner.recurrence.activations import Activations, Unit
from captioner.recurrence.properties import Property, of_tokens


class Detector(NamedTuple):
    """How well one unit tells one property."""

    unit: Unit
    auc: float
    """Probability that the unit is larger at a random yes than at a random no (or smaller, if `sign` is -1)."""
    held_out: float
    """The same on the part of the text that did not choose it."""
    sign: int
    yes: float
    """Mean value where the property holds."""
    no: float
    """Mean value elsewhere."""


class Found(NamedTuple):
    """The best units for one property."""

    share: float
    """Of positions where the property holds."""
    detectors: list[Detector]
    """Best first."""


def auc(values: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """The area under the ROC curve of each column of values (w,u) as an opinion on `yes` (p,w): (p,u).

    It is the share of pairs of a yes and a no in which the yes has the larger value, equal ones counting half
    (Mann & Whitney 1947). A property that holds everywhere or nowhere gives nan.
    """
    positives = yes.sum(axis=1).astype(float)[:, None]
    negatives = len(values) - positives
    weights = yes.astype(float)
    sums = np.stack([weights @ _ranks(column) for column in np.ascontiguousarray(values.T)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums - positives * (positives + 1) / 2) / (positives * negatives)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing their mean."""
    order = np.argsort(values)
    row = values[order]
    first = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))  # of each group of equal values
    counts = np.diff(np.append(first, len(row)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(first + (counts + 1) / 2, counts)
    return ranks


def search(activations: Activations, properties: Mapping[str, Property], *, top: int = 5) -> dict[str, Found]:
    """The units that tell each property best on the first half of the text, checked on the second.

    A property that does not change within one of the halves has no detectors.

    Args:
        activations: what the units did.
        properties: by name.
        top: units to name for each.
    """
    masks = np.stack([of_tokens(prop, activations.tokens) for prop in properties.values()])
    half = len(activations.tokens) // 2
    halves = slice(None, half), slice(half, None)
    chosen, checked = (auc(activations.values[part], masks[:, part]) for part in halves)
    found = {}
    for name, mask, areas, again in zip(properties, masks, chosen, checked, strict=True):
        detectors: list[Detector] = []
        if not (np.isnan(areas).any() or np.isnan(again).any()):
            for place in np.argsort(-np.abs(areas - 0.5), kind="stable")[:top]:
                sign = 1 if areas[place] >= 0.5 else -1
                own, other = (area if sign > 0 else 1 - area for area in (areas[place], again[place]))
                values = activations.values[:, place]
                detectors.append(
                    Detector(
                        activations.units[place],
                        float(own),
                        float(other),
                        sign,
                        float(values[mask].mean()),
                        float(values[~mask].mean()),
                    )
                )
        found[name] = Found(float(mask.mean()), detectors)
    return found
