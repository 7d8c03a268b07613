"""The photos that are still searched: those that are done leave the batch, so that no step is spent on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import torch
from jaxtyping import Int
from torch import Tensor

from captioner.decoding.steps import S, Stepper

# Leaving copies grid and keys of the photos that remain, so it waits until this share of them is done.
LEAVING = 1 / 8


@dataclass(frozen=True)
class Batch(Generic[S]):
    """A stepper and the photos that it looks at.

    Attributes:
        stepper: for the photos in the batch.
        numbers: theirs among all photos.
        photos: the same on the device, (b).
        place: where each of all photos lies in the batch; 0 for one that has left.
    """

    stepper: Stepper[S]
    numbers: tuple[int, ...]
    photos: Int[Tensor, " b"]
    place: Int[Tensor, " all"]

    @classmethod
    def of(cls, stepper: Stepper[S]) -> "Batch[S]":
        """All photos of a stepper."""
        everyone = torch.arange(stepper.photos, device=stepper.device)
        return cls(stepper, tuple(range(stepper.photos)), everyone, everyone)

    def without_done(self, followed: Sequence[int]) -> "tuple[Batch[S], Int[Tensor, ' b']]":
        """Lets photos leave, if enough of them are done.

        Args:
            followed: how many captions are still followed for each of all photos; a photo with 0 is done.

        Returns:
            the batch that remains, and the places of its photos in this one.
        """
        places = [place for place, number in enumerate(self.numbers) if followed[number]]
        if len(self.numbers) - len(places) < LEAVING * len(self.numbers):
            return self, torch.arange(len(self.numbers), device=self.photos.device)
        kept = torch.tensor(places, device=self.photos.device)
        photos = self.photos[kept]
        place = torch.zeros_like(self.place).index_copy(0, photos, torch.arange(len(places), device=photos.device))
        return Batch(self.stepper.keep(kept), tuple(self.numbers[place] for place in places), photos, place), kept
