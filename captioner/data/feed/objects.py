"""Which kinds of objects are in which photos, from a COCO instances file; where they are is not read."""

from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset

from captioner.data.feed.datasets import PhotoReader
from captioner.data.read.lines import checked
from captioner.data.read.records import images_beside
from captioner.files import read_json
from captioner.images import ImageSpec


class Named(NamedTuple):
    """Photos and what is in them."""

    kinds: tuple[str, ...]
    """The categories, in the order of the file."""
    photos: tuple[Path, ...]
    present: tuple[frozenset[int], ...]
    """Of each photo, the places in `kinds` of what is in it."""


def read_named(instances: Path, images: Path | None = None) -> Named:
    """Reads the photos of an instances file with the kinds of objects that are in them.

    Args:
        instances: the file.
        images: the folder of the photos; `images_beside(instances)` by default.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has not COCO's layout of instances, or names no photos or no kinds; the message says where.
    """
    content, file = read_json(instances), str(instances)
    folder = images if images is not None else images_beside(instances)
    kinds = {
        checked(one, "id", int, file): checked(one, "name", str, file)
        for one in checked(content, "categories", list, file)
    }
    places = {category: place for place, category in enumerate(kinds)}
    names = {
        checked(one, "id", (int, str), file): checked(one, "file_name", str, file)
        for one in checked(content, "images", list, file)
    }
    present: dict[int | str, set[int]] = {image: set() for image in names}
    for place, annotation in enumerate(checked(content, "annotations", list, file)):
        where = f"{file} annotation {place}"
        image, category = (
            checked(annotation, "image_id", (int, str), where),
            checked(annotation, "category_id", int, where),
        )
        if image not in names or category not in kinds:
            raise ValueError(f"{where}: its image or its category is not in the file")
        present[image].add(places[category])
    if not names or not kinds:
        raise ValueError(f"{file} names {len(names)} photos and {len(kinds)} kinds of objects, but both are needed")
    return Named(
        tuple(kinds.values()), tuple(folder / name for name in names.values()), tuple(map(frozenset, present.values()))
    )


class ObjectDataset(Dataset[tuple[Tensor, Tensor]]):
    """One item a photo: its pixels (3,y,x), and for each kind 1.0 or 0.0 (kinds,)."""

    def __init__(self, named: Named, spec: ImageSpec) -> None:
        self.named, self.reader = named, PhotoReader(named.photos, spec)

    def __len__(self) -> int:
        return len(self.named.photos)

    def __getitem__(self, index: int) -> tuple[Float[Tensor, "3 y x"], Float[Tensor, " kinds"]]:
        present = torch.zeros(len(self.named.kinds))
        present[sorted(self.named.present[index])] = 1.0
        return self.reader[index], present
