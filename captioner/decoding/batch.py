"""The photos that are still searched: those that are done leave the batch, so that no step is spent on them."""

from collections.abc import Sequence
from typing import Generic, NamedTuple

from captioner.decoding.arrays import Array, Arrays
from captioner.decoding.steps import S, Stepper

# Leaving copies grid and keys of the photos that remain, so it waits until this share of them is done.
LEAVING = 1 / 8


class Batch(NamedTuple, Generic[S]):
    """A stepper and the photos that it looks at.

    Attributes:
        stepper: for the photos in the batch.
        numbers: theirs among all photos.
        photos: the same on the device, (b).
        place: where each of all photos lies in the batch, (all); 0 for one that has left.
    """

    stepper: Stepper[S]
    numbers: Sequence[int]
    photos: Array
    place: Array

    def without_done(self, followed: Sequence[int], arrays: Arrays) -> "tuple[Batch[S], Array]":
        """Lets photos leave, if enough of them are done.

        Args:
            followed: how many captions are still followed for each of all photos; a photo with 0 is done.
            arrays: of the search.

        Returns:
            the batch that remains, and the places of its photos in this one, (b).
        """
        places = [place for place, number in enumerate(self.numbers) if followed[number]]
        if len(self.numbers) - len(places) < LEAVING * len(self.numbers):
            return self, arrays.arange(len(self.numbers))
        kept = arrays.put(places)
        photos, place = self.photos[kept], self.place * 0
        place[photos] = arrays.arange(len(places))
        return Batch(self.stepper.keep(kept), [self.numbers[place] for place in places], photos, place), kept
