"""The feature store: what a frozen encoder says of each photo, computed once, in half precision.

A store is a folder named by a digest of everything that its numbers depend on (encoder, weights, transform, photos):

    store.json      that identity, the shape of one photo's features, and how many photos are done
    features.bin    float16, photo after photo, channels last
    checksums.bin   CRC-32 of each photo's features, view after view; older stores have none, and are not checked

A store of more than PART photos is a folder of such stores, `part-00000` and so on, each with PART photos and the last
with the rest; several processes and machines that share the disk make one each at a time. Its own `store.json` says
`part` instead of a shape, and is written when all parts are done.

Features are written in order and counted after they are on disk, so an interrupted store goes on where it stopped, and
a changed photo, weight or transform makes another store. Reading a photo reads its bytes and no others, so a store of
any size takes no memory; its checksum is compared, so that flipped bits are not trained on.
"""

import hashlib
import logging
import math
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float16, UInt32
from torch import Tensor

from captioner.files import read_json
from captioner.images import ImageSpec
from captioner.photos import file_of

log = logging.getLogger(__name__)
PART = 10_000  # photos


class FeatureStore:
    """A finished store, opened for reading; item i is photo i's features, (c, ...) as the encoder gave them.

    Args:
        folder: the store's own folder.
        view: which of the stored views to read: 0 is the photo itself, 1 its mirror image.
        photos: as they were given to `make_store`, for the sentence about a damaged one.

    Raises:
        FileNotFoundError: there is no store in the folder.
        ValueError: the store is unfinished, its file is not as long as store.json says, or it has no such view.
    """

    def __init__(self, folder: Path, view: int = 0, *, photos: Sequence[Path] = ()) -> None:
        about = read_json(folder / "store.json")
        count, views, done = about["identity"]["count"], about["identity"]["views"], about["done"]
        self._photos, self._view, self._named = count, view, photos
        self.views: int = views
        self._part = about.get("part", count)
        self._parts = [
            FeatureStore(path, view, photos=photos[begin:end])
            for path, begin, end in (parts(folder, count, self._part) if "part" in about else ())
        ]
        if self._parts:
            return
        if done != count:
            raise ValueError(
                f"{folder} is an unfinished feature store: {done} of {count} photos are done; make it again"
            )
        size, expected = file_size(folder), count * photo_bytes(about)
        if size != expected:
            raise ValueError(
                f"{folder}/features.bin has {size} bytes, but {expected} were written; make the store again"
            )
        if not 0 <= view < views:
            raise ValueError(f"{folder} has {views} views of each photo, counted from 0, so there is no view {view}")
        self._file = folder / "features.bin"
        self._shape, self._bytes = tuple(about["shape"]), photo_bytes(about) // views
        self._checksums = read_checksums(folder)
        if self._checksums is not None and len(self._checksums) != count * views:
            raise ValueError(f"{folder}/checksums.bin has another length; remove {folder}, and it is made again")

    def __len__(self) -> int:
        return self._photos

    def __getitem__(self, index: int) -> Float16[Tensor, "c ..."]:
        if not 0 <= index < self._photos:
            raise IndexError(f"there is no photo {index} in a store of {self._photos}")
        if self._parts:
            return self._parts[index // self._part][index % self._part]
        # Opened for each photo, for microseconds: any process may read, and no pages of the file stay in memory.
        place = index * self.views + self._view
        features = np.fromfile(self._file, np.float16, math.prod(self._shape), offset=place * self._bytes)
        if self._checksums is not None and zlib.crc32(features.tobytes()) != self._checksums[place]:
            photo = self._named[index] if self._named else f"photo {index}"
            raise ValueError(
                f"{self._file} is damaged: the features of {photo} have another checksum than they were written with;"
                f" remove {self._file.parent}, and they are computed again"
            )
        return torch.from_numpy(features.reshape(self._shape)).movedim(-1, 0)


def parts(folder: Path, count: int, part: int) -> list[tuple[Path, int, int]]:
    """The folder of each part of a store of so many photos; which photos it has, from one place to before another."""
    begins = range(0, count, part)
    return [(folder / f"part-{place:05}", begin, min(begin + part, count)) for place, begin in enumerate(begins)]


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
            facts = file_of(path).stat()
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
    if "part" in about:
        return sum(photos_done(path) for path, _, _ in parts(folder, about["identity"]["count"], about["part"]))
    done, size, checksums = about["done"], file_size(folder), read_checksums(folder)
    finished = done == about["identity"]["count"]
    short = checksums is not None and len(checksums) < done * about["identity"]["views"]
    if short or size < done * photo_bytes(about) or (finished and size > done * photo_bytes(about)):
        log.warning("%s/features.bin is damaged (%d bytes): the store is made again", folder, size)
        return 0
    return done


def read_checksums(folder: Path) -> UInt32[np.ndarray, " n"] | None:
    """The n checksums, of each view of each photo; None in a store that was made before there were any."""
    path = folder / "checksums.bin"
    return np.fromfile(path, "<u4") if path.exists() else None


def photo_bytes(about: dict[str, Any]) -> int:
    """Bytes of one photo's features in all its views, by what store.json says."""
    return math.prod([about["identity"]["views"], *about["shape"]]) * np.dtype(np.float16).itemsize


def file_size(folder: Path) -> int:
    """Bytes of a store's features; 0 where there are none."""
    data = folder / "features.bin"
    return data.stat().st_size if data.exists() else 0
