"""The feature store: what a frozen encoder says of each photo, computed once, in one half-precision file.

A store is a folder named by a digest of everything that its numbers depend on (encoder, weights, transform, photos):

    store.json     that identity, the shape of one photo's features, and how many photos are done
    features.bin   float16, photo after photo, channels last

Features are written in order and counted after they are on disk, so an interrupted store goes on where it stopped, and
a changed photo, weight or transform makes another store. Reading a photo reads its bytes and no others, so a store of
any size takes no memory.
"""

import hashlib
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float16
from torch import Tensor

from captioner.files import read_json
from captioner.images import ImageSpec

log = logging.getLogger(__name__)


class FeatureStore:
    """A finished store, opened for reading; item i is photo i's features, (c, ...) as the encoder gave them.

    Args:
        folder: the store's own folder.
        view: which of the stored views to read: 0 is the photo itself, 1 its mirror image.

    Raises:
        FileNotFoundError: there is no store in the folder.
        ValueError: the store is unfinished, its file is not as long as store.json says, or it has no such view.
    """

    def __init__(self, folder: Path, view: int = 0) -> None:
        about = read_json(folder / "store.json")
        photos, views, done = about["identity"]["count"], about["identity"]["views"], about["done"]
        if done != photos:
            raise ValueError(
                f"{folder} is an unfinished feature store: {done} of {photos} photos are done; make it again"
            )
        size, expected = file_size(folder), photos * photo_bytes(about)
        if size != expected:
            raise ValueError(
                f"{folder}/features.bin has {size} bytes, but {expected} were written; make the store again"
            )
        if not 0 <= view < views:
            raise ValueError(f"{folder} has {views} views of each photo, counted from 0, so there is no view {view}")
        self._file, self._photos, self._view = folder / "features.bin", photos, view
        self._shape, self._bytes = tuple(about["shape"]), photo_bytes(about) // views
        self.views: int = views

    def __len__(self) -> int:
        return self._photos

    def __getitem__(self, index: int) -> Float16[Tensor, "c ..."]:
        if not 0 <= index < self._photos:
            raise IndexError(f"there is no photo {index} in a store of {self._photos}")
        # Opened for each photo, for microseconds: any process may read, and no pages of the file stay in memory.
        offset = (index * self.views + self._view) * self._bytes
        features = np.fromfile(self._file, np.float16, math.prod(self._shape), offset=offset)
        return torch.from_numpy(features.reshape(self._shape)).movedim(-1, 0)


def identify(photos: Sequence[Path], spec: ImageSpec, *, encoder: dict[str, Any], views: int) -> dict[str, Any]:
    """Everything that the store's numbers depend on; photos count by path, size and time of change.

    Raises:
        FileNotFoundError: a photo does not exist.
        ValueError: there are no photos, or not one or two views.
    """
    if not photos:
        raise ValueError("a feature store needs at least one photo")
    if views not in (1, 2):
        raise ValueError(f"views is {views}, but there are 1 (the photo) and 2 (and its mirror image)")
    digest = hashlib.sha256()
    for path in photos:
        try:
            facts = path.stat()
        except FileNotFoundError:
            raise FileNotFoundError(f"{path}: no such photo") from None
        digest.update(f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}\n".encode())
    return {
        "encoder": encoder,
        "transform": spec.to_dict(),
        "views": views,
        "count": len(photos),
        "photos": digest.hexdigest(),
    }


def photos_done(folder: Path) -> int:
    """How many photos a store has; 0 where there is none, or where its file is not as store.json says."""
    if not (folder / "store.json").exists():
        return 0
    about = read_json(folder / "store.json")
    done, size = about["done"], file_size(folder)
    finished = done == about["identity"]["count"]
    if size < done * photo_bytes(about) or (finished and size > done * photo_bytes(about)):
        log.warning("%s/features.bin is damaged (%d bytes): the store is made again", folder, size)
        return 0
    return done


def photo_bytes(about: dict[str, Any]) -> int:
    """Bytes of one photo's features in all its views, by what store.json says."""
    return math.prod([about["identity"]["views"], *about["shape"]]) * np.dtype(np.float16).itemsize


def file_size(folder: Path) -> int:
    """Bytes of a store's features; 0 where there are none."""
    data = folder / "features.bin"
    return data.stat().st_size if data.exists() else 0
