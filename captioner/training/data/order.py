"""The order of photos and the chance of each, by seed and epoch alone: a resumed run equals an uninterrupted one."""

from collections.abc import Iterator, Sized
from typing import Any, NamedTuple

import torch
from torch.utils.data import Dataset, DistributedSampler

LARGE = 1_000_003  # a prime, so that seeds of neighbouring epochs and photos do not meet


class Draw(NamedTuple):
    """A place in the data set, and the seed of whatever is random about it this time."""

    place: int
    seed: int


class Order(DistributedSampler[Any]):
    """Lightning's choice of sampler, which gives each place with a seed of its own for the epoch."""

    def __iter__(self) -> Iterator[Draw]:
        """Shuffled anew in each epoch."""
        start = (self.seed * LARGE + self.epoch) * LARGE
        return (Draw(place, (start + place) % 2**63) for place in super().__iter__())


class Drawn(Dataset[Any]):
    """A data set whose crops, mirror images and chosen captions hang on the draw alone, in whichever process."""

    def __init__(self, dataset: Any) -> None:
        assert isinstance(dataset, Sized)
        self.dataset: Any = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, draw: Draw) -> Any:
        chance = torch.default_generator  # torch.manual_seed would set those of other devices too
        before = chance.get_state()
        chance.manual_seed(draw.seed)
        try:
            return self.dataset[draw.place]
        finally:
            chance.set_state(before)
