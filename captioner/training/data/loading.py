"""Batches for the task: of captions, and of questions; what the network sees is called `pixels` or `features`."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from captioner.data.feed.batches import collate, collate_questions
from captioner.training.data.order import Drawn, Order

Collate = Callable[[Any], dict[str, Tensor]]


def captions_collate(*, pad: int, frames: int = 1) -> Collate:
    """See `captioner.data.feed.batches.collate`."""
    return partial(_named, collate=partial(collate, pad=pad, frames=frames))


def questions_collate(*, pad: int, answers: int, frames: int = 1) -> Collate:
    """See `captioner.data.feed.batches.collate_questions`."""
    return partial(_named, collate=partial(collate_questions, pad=pad, answers=answers, frames=frames))


class Batches(DataLoader[Any]):
    """A loader that a checkpoint within an epoch remembers the place of; its sampler is an `Order`."""

    begin = given = 0

    def state_dict(self) -> dict[str, int]:
        """How many batches of this pass were given."""
        return {"given": self.given}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """The next pass leaves these out; after the last batch a new one begins."""
        self.begin = state_dict["given"] % len(self)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        """From the place that was remembered; the next time from the first batch."""
        assert isinstance(self.sampler, Order)
        assert self.batch_size is not None
        self.given, self.begin = self.begin, 0
        self.sampler.begin = self.given * self.batch_size
        for batch in super().__iter__():
            self.given += 1
            yield batch


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
) -> Batches:
    """Loads batches in an order that depends on seed and epoch only.

    Args:
        ranks: how many processes train, and which of them this is.
    """
    dataset = Drawn(items)
    order = Order(dataset, *ranks, shuffle=shuffle, seed=seed)
    order.set_epoch(epoch)  # Lightning does so too, but later than workers begin to load
    return Batches(
        dataset,
        size,
        sampler=order,
        collate_fn=collate,
        num_workers=workers,
        generator=torch.Generator(),  # so that opening a loader does not move the chance of the training
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


def _named(items: Any, *, collate: Collate) -> dict[str, Tensor]:
    batch = collate(items)
    seen = batch.pop("seen")
    batch["features" if seen.dtype == torch.float16 else "pixels"] = seen  # pixels never come in half precision
    return batch
