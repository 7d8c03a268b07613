"""Photos with numbered captions, one item a photo; pixels come from files, or features from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset

from captioner.data.feed.features import FeatureStore
from captioner.data.read.records import Photo
from captioner.images import ImageSpec, TrainTransform, pixels
from captioner.photos import read_photo
from captioner.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Item:
    """One photo: its place in the data set, what the network sees of it, and its captions with start and end."""

    index: int
    seen: Float[Tensor, "c ..."]
    captions: list[list[int]]


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


class MirroredStore:
    """A store with two views of each photo, read at random from one or the other."""

    def __init__(self, plain: FeatureStore, mirrored: FeatureStore) -> None:
        self.views = plain, mirrored

    def __len__(self) -> int:
        return len(self.views[0])

    def __getitem__(self, index: int) -> Float[Tensor, "c ..."]:
        return self.views[int(torch.randint(2, ()))][index]


PhotoSource = FeatureStore | MirroredStore | PhotoReader


class CaptionDataset(Dataset[Item]):
    """Photos with all their captions, numbered.

    Args:
        photos: the records.
        source: what the network sees of photo i.
        vocabulary: numbers the words.
        longest: words after which a caption is cut.
        slots: captions drawn of each photo that has more; None takes all.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        source: PhotoSource,
        vocabulary: Vocabulary,
        *,
        longest: int = 30,
        slots: int | None = None,
    ) -> None:
        self.photos, self.source, self.vocabulary = photos, source, vocabulary
        self.longest, self.slots = longest, slots

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> Item:
        captions = self.photos[index].captions
        if self.slots is not None and len(captions) > self.slots:
            captions = tuple(captions[i] for i in torch.randperm(len(captions))[: self.slots].tolist())
        return Item(index, self.source[index], [self._numbered(caption) for caption in captions])

    def _numbered(self, caption: str) -> list[int]:
        words = self.vocabulary.encode(caption)[: self.longest]
        return [self.vocabulary.start, *words, self.vocabulary.end]
