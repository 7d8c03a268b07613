"""Several bundles made one: the mean of their weights (Wortsman et al. 2022, arXiv:2203.05482).

It pays for runs that began alike, as two phases from one bundle do; the mean of strangers says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from captioner.models.bundle import Bundle, load_bundle
from captioner.nn.settings import NetworkSettings


@torch.no_grad()
def soup(folders: Sequence[Path]) -> Bundle:
    """The bundle whose weights are the means of those of others; it is as large and as fast as one of them.

    Raises:
        ValueError: there are not two, or they differ in shape, words, answers or the transform of photos.
        FileNotFoundError, ValueError: one of them cannot be opened; as `load_bundle`.
    """
    if len(folders) < 2:
        raise ValueError(f"a soup is made of two bundles or more, and {len(folders)} was given")
    first, *others = bundles = [load_bundle(folder) for folder in folders]
    for folder, other in zip(folders[1:], others, strict=True):
        if what := _difference(first, other):
            raise ValueError(f"{folder} has {what} than {folders[0]}; only bundles of one shape can be averaged")
    states = [bundle.network.own_state() for bundle in bundles]
    first.network.load_own_state({name: _mean([state[name] for state in states]) for name in states[0]})
    return replace(first, about=_about(bundles, folders))


def _difference(one: Bundle, other: Bundle) -> str:
    """In which way another bundle cannot be averaged with one; empty where it can."""
    if one.vocabulary.tokens != other.vocabulary.tokens or one.vocabulary.tokenizer != other.vocabulary.tokenizer:
        return "other words"
    if one.answers != other.answers or one.heads != other.heads:
        return "other answers or heads"
    if one.transform != other.transform:
        return "another transform of photos"
    shapes = [{name: value.shape for name, value in each.network.own_state().items()} for each in (one, other)]
    if _shape(one.settings) != _shape(other.settings) or shapes[0] != shapes[1]:
        return "another shape"
    return ""


def _shape(settings: NetworkSettings) -> NetworkSettings:
    """Without what steers training alone."""
    still = replace(settings.answers, dropout=0.0)
    return replace(settings, answers=still, dropout=0.0, channel_dropout=0.0, photo_dropout=0.0)


def _mean(values: Sequence[Tensor]) -> Tensor:
    """The mean in float64; what is equal in all, as a frozen encoder is, stays as it is to the bit."""
    if all(torch.equal(value, values[0]) for value in values) or not values[0].is_floating_point():
        return values[0].clone()
    return torch.stack([value.double() for value in values]).mean(dim=0).to(values[0].dtype)


def _about(bundles: Sequence[Bundle], folders: Sequence[Path]) -> dict[str, Any]:
    """What is told of it: of what it was made, and the data and licence where those are the same of all."""
    told: list[Mapping[str, Any]] = [bundle.about for bundle in bundles]
    common = {name: told[0][name] for name in ("train", "licence") if all(name in each for each in told)}
    same = {name: value for name, value in common.items() if all(each[name] == value for each in told)}
    parts = [
        {"bundle": folder.resolve().parent.name or str(folder), "scores": each.get("scores", {})}
        for folder, each in zip(folders, told, strict=True)
    ]
    return {"made": datetime.now(UTC).isoformat(timespec="seconds"), "soup": parts, **same}
