"""Photos or clips with numbered captions, one item each; pixels come from files, or features from the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset

from captioner.data.feed.features import FeatureStore
from captioner.data.read.boxes import Floats
from captioner.data.read.records import Photo
from captioner.images import ImageSpec, TrainTransform, pixels
from captioner.photos import read_photo
from captioner.text.vocabulary import Vocabulary

Located = Sequence[tuple[int, Floats]]
"""Words of a caption that name something, by their places, each with how much of each place of the grid that covers."""

Locate = Callable[[Photo], Sequence[Located]]
"""Gives that for each caption of a photo."""


@dataclass(frozen=True)
class Item:
    """One photo: its place in the data set, what the network sees of it, and its captions with start and end."""

    index: int
    seen: Float[Tensor, "..."]
    captions: list[list[int]]
    located: list[Located] = field(default_factory=list)
    """Of each caption, where that is taught."""


class PhotoReader:
    """Photos as pixels, decoded at each access: for encoders that train, and for random crops."""

    def __init__(self, photos: Sequence[Path], spec: ImageSpec, transform: TrainTransform | None = None) -> None:
        self.photos, self.spec, self.transform = photos, spec, transform

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> Float[Tensor, "3 y x"]:
        spec = self.transform.before if self.transform else self.spec
        photo = read_photo(self.photos[index], at_least=spec.size)
        return self.transform(photo) if self.transform else torch.from_numpy(pixels(photo, spec))


class ClipFrames:
    """Clips, each as what is seen at its instants.

    Args:
        frames: what the network sees of single frames.
        places: of each clip's frames among them, f in the order of time.
    """

    def __init__(self, frames: FeatureStore | PhotoReader, places: Sequence[Sequence[int]]) -> None:
        self.frames, self.places = frames, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Float[Tensor, "f c ..."]:
        each = {place: self.frames[place] for place in dict.fromkeys(self.places[index])}
        return torch.stack([each[place] for place in self.places[index]])


PlainSource = FeatureStore | PhotoReader | ClipFrames


class MirroredStore:
    """A store with two views of each photo or clip, read at random from one or the other."""

    def __init__(self, plain: PlainSource, mirrored: PlainSource) -> None:
        self.views = plain, mirrored

    def __len__(self) -> int:
        return len(self.views[0])

    def __getitem__(self, index: int) -> Float[Tensor, "..."]:
        return self.views[int(torch.randint(2, ()))][index]


class ChosenPhotos:
    """Some photos or clips of a store, in an order of their own.

    Args:
        store: of more photos.
        places: of the chosen ones in it; one may come several times.
    """

    def __init__(self, store: "PhotoSource", places: Sequence[int]) -> None:
        self.store, self.places = store, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Float[Tensor, "..."]:
        return self.store[self.places[index]]


class PhotoSource(Protocol):
    """What the network sees of photos or clips, by their places."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Float[Tensor, "..."]: ...


class Captions:
    """Makes the items of captioned photos.

    Args:
        vocabulary: numbers the words.
        longest: words after which a caption is cut.
        slots: captions drawn of each photo that has more; None takes all.
        locate: where what each caption of a photo names is, for an attention that is taught; None where it is not.
    """

    def __init__(
        self, vocabulary: Vocabulary, *, longest: int = 30, slots: int | None = None, locate: Locate | None = None
    ) -> None:
        self.vocabulary, self.longest, self.slots, self.locate = vocabulary, longest, slots, locate

    def __call__(self, index: int, photo: Photo, seen: Float[Tensor, "..."]) -> Item:
        """The item of a photo.

        Args:
            index: its place in the data set.
            photo: its captions.
            seen: what the network sees of it.
        """
        chosen = list(range(len(photo.captions)))
        if self.slots is not None and len(chosen) > self.slots:
            chosen = torch.randperm(len(chosen))[: self.slots].tolist()
        located = self.locate(photo) if self.locate else []
        return Item(
            index,
            seen,
            [self._numbered(photo.captions[place], photo.language) for place in chosen],
            [[one for one in located[place] if one[0] < self.longest] for place in chosen] if located else [],
        )

    def _numbered(self, caption: str, language: str | None) -> list[int]:
        words = self.vocabulary.encode(caption)[: self.longest]
        return [self.vocabulary.begin(language), *words, self.vocabulary.end]


class CaptionDataset(Dataset[Item]):
    """Photos with all their captions, numbered.

    Args:
        photos: the records.
        source: what the network sees of photo i.
        items: makes the items.
    """

    def __init__(self, photos: Sequence[Photo], source: PhotoSource, items: Captions) -> None:
        self.photos, self.source, self.items = photos, source, items

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> Item:
        photo = self.photos[index]
        return self.items(index, photo, self.source[index])
