"""Making a feature store: photos are read by threads, encoded in batches, and written by one more thread."""

import hashlib
import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from filelock import FileLock, Timeout
from jaxtyping import Float
from torch import Tensor

from captioner.data.feed.features import identify, photos_done
from captioner.files import write_json
from captioner.images import ImageSpec, pixels
from captioner.photos import read_photo

log = logging.getLogger(__name__)
Encode = Callable[[Float[Tensor, "b 3 y x"]], Float[Tensor, "b ..."]]


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
    if photos_done(folder) < len(photos):
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _finish(folder, identity, photos, spec, encode, batch=batch, threads=threads, progress=progress)
    progress(len(photos), len(photos))
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lets one process at a time work on a store; the others wait, and then find it done."""
    lock = FileLock(folder / "lock")  # which the system takes from a process that ends
    try:
        lock.acquire(blocking=False)
    except Timeout:
        log.info("feature store %s: another run is making it; waiting until it is done", folder)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _finish(
    folder: Path,
    identity: dict[str, Any],
    photos: Sequence[Path],
    spec: ImageSpec,
    encode: Encode,
    *,
    batch: int,
    threads: int,
    progress: Callable[[int, int], None],
) -> None:
    done = photos_done(folder)
    if done == len(photos):
        return
    log.info("feature store %s: %d of %d photos to do", folder, len(photos) - done, len(photos))
    progress(done, len(photos))
    with (folder / "features.bin").open("r+b" if done else "wb") as file, ThreadPoolExecutor(1) as disk:
        writer, waiting = _Writer(file, folder, identity, done), deque[Future[int]]()
        for views_pixels in _read_ahead(photos[done:], spec, views=identity["views"], batch=batch, threads=threads):
            features = encode(torch.from_numpy(views_pixels))
            while waiting:  # one batch is written while the next is computed, and no more are kept
                progress(waiting.popleft().result(), len(photos))
            waiting.append(disk.submit(writer, features))
        waiting.popleft().result()


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
