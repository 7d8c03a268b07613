"""Making a feature store: photos are read by threads, encoded in batches, and written by one more thread."""

import hashlib
import json
import logging
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from filelock import FileLock, Timeout
from jaxtyping import Float
from torch import Tensor

from captioner.data.feed.features import PART, identify, parts, photos_done
from captioner.disk.replacing import clear
from captioner.disk.writing import names
from captioner.files import write_json
from captioner.images import ImageSpec, pixels
from captioner.photos import read_photo

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
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
    progress: Progress = lambda done, total: None,
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
    settings = Settings(spec, encode, batch, threads)
    if photos_done(folder) < len(photos):
        with names(folder):
            folder.mkdir(parents=True, exist_ok=True)
        if len(photos) <= PART or (folder / "features.bin").exists():  # as all stores were before there were parts
            with _alone(folder):
                _finish(folder, identity, photos, settings, progress)
        else:
            _finish_parts(folder, identity, photos, settings, progress)
    progress(len(photos), len(photos))
    return folder


class Settings(NamedTuple):
    """How a store is made; see `make_store`."""

    spec: ImageSpec
    encode: Encode
    batch: int
    threads: int


@contextmanager
def _alone(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Lets one process at a time work on a store; the others wait, and then find it done, or are told False."""
    lock = FileLock(folder / "lock")  # which the system takes from a process that ends
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if not wait:
            yield False
            return
        log.info("feature store %s: another run is making it; waiting until it is done", folder)
        lock.acquire()
    try:
        yield True
    finally:
        lock.release()


def _finish_parts(
    folder: Path, identity: dict[str, Any], photos: Sequence[Path], settings: Settings, progress: Progress
) -> None:
    """Makes the parts that no other process is making; then waits for those, or makes what they left."""
    ranges = parts(folder, len(photos), PART)
    done = sum(photos_done(path) for path, _, _ in ranges)
    for wait in (False, True):
        for place, (path, begin, end) in enumerate(ranges):
            path.mkdir(exist_ok=True)
            with _alone(path, wait=wait) as mine:
                if mine and (had := photos_done(path)) < end - begin:
                    own, before = identity | {"count": end - begin, "part": place}, done - had
                    told = partial(_tell, progress, before, len(photos))
                    _finish(path, own, photos[begin:end], settings, told)
                    done = before + end - begin
    write_json(folder / "store.json", {"identity": identity, "part": PART, "done": len(photos)})


def _tell(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def _finish(
    folder: Path,
    identity: dict[str, Any],
    photos: Sequence[Path],
    settings: Settings,
    progress: Progress,
) -> None:
    spec, encode, batch, threads = settings
    done = photos_done(folder)
    if done == len(photos):
        return
    clear(folder)
    log.info("feature store %s: %d of %d photos to do", folder, len(photos) - done, len(photos))
    progress(done, len(photos))
    with _Writer(folder, identity, done) as writer, ThreadPoolExecutor(1) as disk:
        waiting = deque[Future[int]]()
        for views_pixels in _read_ahead(photos[done:], spec, views=identity["views"], batch=batch, threads=threads):
            features = encode(torch.from_numpy(views_pixels))
            while waiting:  # one batch is written while the next is computed, and no more are kept
                progress(waiting.popleft().result(), len(photos))
            waiting.append(disk.submit(writer, features))
        waiting.popleft().result()


class _Writer(ExitStack):
    """Adds batches of features to a store; each is on the disk, with its checksums, before it is counted.

    A store that was begun before there were checksums goes on without.
    """

    def __init__(self, folder: Path, identity: dict[str, Any], done: int) -> None:
        super().__init__()
        self.folder, self.identity, self.done = folder, identity, done
        self.sums = not done or (folder / "checksums.bin").exists()
        self.files = {
            name: self.enter_context((folder / name).open("r+b" if done else "wb", buffering=0))
            for name in ("features.bin", *(["checksums.bin"] if self.sums else []))
        }

    def __call__(self, features: Float[Tensor, "b c ..."]) -> int:
        """The number of photos that are done, with these."""
        rows = half(features)
        self._add("features.bin", rows)
        if self.sums:
            self._add("checksums.bin", np.array([zlib.crc32(view) for view in rows], "<u4"))
        self.done += len(rows) // self.identity["views"]
        about = {"identity": self.identity, "shape": rows.shape[1:], "done": self.done}
        write_json(self.folder / "store.json", about)
        return self.done

    def _add(self, name: str, rows: np.ndarray[Any, Any]) -> None:
        """Writes what belongs to the views of a batch behind those that are done, and waits until it is on the disk."""
        file = self.files[name]
        with names(self.folder / name):
            file.seek(self.done * self.identity["views"] * rows[0].nbytes)
            file.truncate()  # what was written but not yet counted is done again
            left = memoryview(rows.tobytes())
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())


def half(features: Float[Tensor, "b c ..."]) -> np.ndarray[Any, Any]:
    """Features as float16 with their channels last, (b, ..., c)."""
    rows = features.float().movedim(1, -1).to(torch.float16)
    if not torch.isfinite(rows).all():
        raise ValueError("the encoder's features do not fit half precision (infinite or NaN); are its weights sound?")
    return rows.cpu().contiguous().numpy()


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
