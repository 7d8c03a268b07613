"""The feature store: what a frozen encoder says of each photo, computed once, in one half-precision file.

A store is a folder named by a digest of everything that its numbers depend on (encoder, weights, transform, photos):

    store.json     that identity, the shape of one photo's features, and how many photos are done
    features.bin   float16, photo after photo, channels last

Features are written in order and counted after they are on disk, so an interrupted store goes on where it stopped, and
a changed photo, weight or transform makes another store. Reading a photo reads its bytes and no others, so a store of
any size takes no memory.
"""

import hashlib
import json
import logging
import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from jaxtyping import Float, Float16
from torch import Tensor

from captioner.files import read_json, write_json
from captioner.images import ImageSpec, pixels
from captioner.photos import read_photo

log = logging.getLogger(__name__)
Encode = Callable[[Float[Tensor, "b 3 y x"]], Float[Tensor, "b ..."]]


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
        size, expected = _size(folder), photos * _photo_bytes(about)
        if size != expected:
            raise ValueError(
                f"{folder}/features.bin has {size} bytes, but {expected} were written; make the store again"
            )
        if not 0 <= view < views:
            raise ValueError(f"{folder} has {views} views of each photo, counted from 0, so there is no view {view}")
        self._file, self._photos, self._view = folder / "features.bin", photos, view
        self._shape, self._bytes = tuple(about["shape"]), _photo_bytes(about) // views
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


def make_store(
    root: Path,
    photos: Sequence[Path],
    spec: ImageSpec,
    encode: Encode,
    *,
    encoder: dict[str, Any],
    views: int = 1,
    batch: int = 16,
    threads: int = 4,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Finds the store of these photos below `root`, or makes it, or finishes it.

    Args:
        encode: normalised pixels to features; called on batches of `batch` photos.
        encoder: what identifies `encode` (name, weights, cut), as JSON.
        views: 1 for the photos as they are, 2 for their mirror images as well.
        threads: how many threads read and resize photos while the encoder computes; one more writes features.
        progress: told (photos done, photos in all) after each batch.

    Returns:
        The store's folder, for `FeatureStore`.

    Raises:
        FileNotFoundError: a photo does not exist.
        ValueError: a photo cannot be read, or a feature does not fit half precision.
    """
    identity = identify(photos, spec, encoder=encoder, views=views)
    name = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    folder = root / name
    done = _done(folder)
    progress(done, len(photos))
    if done == len(photos):
        return folder
    log.info("feature store %s: %d of %d photos to do", folder, len(photos) - done, len(photos))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "features.bin").open("r+b" if done else "wb") as file, ThreadPoolExecutor(1) as disk:
        writer, waiting = _Writer(file, folder, identity, done), deque[Future[int]]()
        for views_pixels in _read_ahead(photos[done:], spec, views=views, batch=batch, threads=threads):
            features = encode(torch.from_numpy(views_pixels))
            while waiting:  # one batch is written while the next is computed, and no more are kept
                progress(waiting.popleft().result(), len(photos))
            waiting.append(disk.submit(writer, features))
        progress(waiting.popleft().result(), len(photos))
    return folder


class _Writer:
    """Adds batches of features to a store; each is on the disk before it is counted."""

    def __init__(self, file: BinaryIO, folder: Path, identity: dict[str, Any], done: int) -> None:
        self.file, self.folder, self.identity, self.done = file, folder, identity, done

    def __call__(self, features: Float[Tensor, "b c ..."]) -> int:
        """The number of photos that are done, with these."""
        half, views = _half(features), self.identity["views"]
        if self.file.tell() == 0:
            self.file.seek(self.done * views * half[0].nbytes)
            self.file.truncate()  # what was written but not yet counted is done again
        self.file.write(half.tobytes())
        self.file.flush()
        os.fsync(self.file.fileno())
        self.done += len(half) // views
        about = {"identity": self.identity, "shape": half.shape[1:], "done": self.done}
        write_json(self.folder / "store.json", about)
        return self.done


def _done(folder: Path) -> int:
    """How many photos a store has; 0 where there is none, or where its file is not as store.json says."""
    if not (folder / "store.json").exists():
        return 0
    about = read_json(folder / "store.json")
    done, size = about["done"], _size(folder)
    finished = done == about["identity"]["count"]
    if size < done * _photo_bytes(about) or (finished and size > done * _photo_bytes(about)):
        log.warning("%s/features.bin is damaged (%d bytes): the store is made again", folder, size)
        return 0
    return done


def _photo_bytes(about: dict[str, Any]) -> int:
    """Bytes of one photo's features in all its views, by what store.json says."""
    return math.prod([about["identity"]["views"], *about["shape"]]) * np.dtype(np.float16).itemsize


def _size(folder: Path) -> int:
    data = folder / "features.bin"
    return data.stat().st_size if data.exists() else 0


def _half(features: Float[Tensor, "b c ..."]) -> np.ndarray[Any, Any]:
    """Features as float16 with their channels last, (b, ..., c)."""
    half = features.float().movedim(1, -1).to(torch.float16)
    if not torch.isfinite(half).all():
        raise ValueError("the encoder's features do not fit half precision (infinite or NaN); are its weights sound?")
    return half.cpu().contiguous().numpy()


def _read_ahead(
    photos: Sequence[Path], spec: ImageSpec, *, views: int, batch: int, threads: int
) -> Iterator[np.ndarray[Any, Any]]:
    """Batches of pixels (b·views, 3, y, x), photo-major, read by threads at most four batches ahead."""

    def load(path: Path) -> list[np.ndarray[Any, Any]]:
        plain = pixels(read_photo(path, at_least=spec.size), spec)
        return [plain, plain[:, :, ::-1]][:views]

    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[list[Future[list[np.ndarray[Any, Any]]]]] = deque()
        for start in range(0, len(photos), batch):
            ahead.append([pool.submit(load, path) for path in photos[start : start + batch]])
            if len(ahead) == 4:
                yield _stack(ahead.popleft())
        while ahead:
            yield _stack(ahead.popleft())


def _stack(futures: "list[Future[list[np.ndarray[Any, Any]]]]") -> np.ndarray[Any, Any]:
    return np.stack([view for future in futures for view in future.result()])
