"""The order of photos and the chance of each, by seed and epoch alone: a resumed run equals an uninterrupted one."""

from collections.abc import Iterator, Sized
from itertools import islice
from typing import Any, NamedTuple

from torch.utils.data import Dataset, DistributedSampler

from captioner.data.feed.chance import chance, seeded


class Draw(NamedTuple):
    """A place in the data set, and the seed of whatever is random about it this time."""

    place: int
    seed: int


class Order(DistributedSampler[Any]):
    """Lightning's choice of sampler, which gives each place with a seed of its own for the epoch.

    Attributes:
        begin: how many places of this process the next pass leaves out, for a run that goes on within an epoch.
    """

    begin = 0

    def __iter__(self) -> Iterator[Draw]:
        """Shuffled anew in each epoch."""
        begin, self.begin = self.begin, 0
        return (Draw(place, chance(self.seed, self.epoch, place)) for place in islice(super().__iter__(), begin, None))


class Drawn(Dataset[Any]):
    """A data set whose crops, mirror images and chosen captions hang on the draw alone, in whichever process."""

    def __init__(self, dataset: Any) -> None:
        assert isinstance(dataset, Sized)
        self.dataset: Any = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, draw: Draw) -> Any:
        with seeded(draw.seed):
            return self.dataset[draw.place]
