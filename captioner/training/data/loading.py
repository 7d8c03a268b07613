"""Batches for the task: of captions, and of questions; what the network sees is called `pixels` or `features`."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from captioner.data.feed.batches import collate, collate_questions
from captioner.training.data.order import Drawn, Order

Seen = Literal["pixels", "features"]
Collate = Callable[[Any], dict[str, Tensor]]


def captions_collate(*, pad: int, seen: Seen, frames: int = 1) -> Collate:
    """See `captioner.data.feed.batches.collate`."""
    return partial(_named, collate=partial(collate, pad=pad, frames=frames), seen=seen)


def questions_collate(*, pad: int, answers: int, seen: Seen, frames: int = 1) -> Collate:
    """See `captioner.data.feed.batches.collate_questions`."""
    return partial(_named, collate=partial(collate_questions, pad=pad, answers=answers, frames=frames), seen=seen)


def loader(
    items: Dataset[Any],
    size: int,
    collate: Collate,
    *,
    ranks: tuple[int, int],
    shuffle: bool,
    seed: int,
    epoch: int,
    workers: int,
) -> DataLoader[Any]:
    """Loads batches in an order that depends on seed and epoch only.

    Args:
        ranks: how many processes train, and which of them this is.
    """
    dataset = Drawn(items)
    order = Order(dataset, *ranks, shuffle=shuffle, seed=seed)
    order.set_epoch(epoch)  # Lightning does so too, but later than workers begin to load
    return DataLoader(
        dataset,
        size,
        sampler=order,
        collate_fn=collate,
        num_workers=workers,
        generator=torch.Generator(),  # so that opening a loader does not move the chance of the training
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


def _named(items: Any, *, collate: Collate, seen: Seen) -> dict[str, Tensor]:
    batch = collate(items)
    batch[seen] = batch.pop("seen")
    return batch
