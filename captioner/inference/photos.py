"""Photos and clips on their way to the network: from wherever they are to pixels, some batches ahead."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, tee
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from PIL import Image

from captioner.figures.strips import strip
from captioner.images import ImageSpec, seen_pixels
from captioner.photos import Clip, read_frames

Source = str | Path | bytes | Image.Image | Clip
S = TypeVar("S", bound=Source)
AHEAD = 3  # batches


class Unreadable(NamedTuple, Generic[S]):
    """A photo or clip that could not be read, with the reason in one sentence."""

    source: S
    reason: str


def source_picture(source: Source, spec: ImageSpec, *, max_pixels: int | None = None) -> Image.Image:
    """What a figure shows: the photo or, for a model of clips, the strip of what it sees, upright and in RGB.

    Args:
        source: a photo or a clip.
        spec: the model's transform.
        max_pixels: as in `read_photo`.

    Raises:
        ValueError: it cannot be read.
        FileNotFoundError: there is no such file.
    """
    return strip(_frames(source, spec, None, max_pixels))


def source_pixels(source: Source, spec: ImageSpec, *, max_pixels: int | None = None) -> np.ndarray:
    """One photo or clip as the network sees it, `seen_pixels`; errors as in `source_picture`."""
    return seen_pixels(_frames(source, spec, spec.size, max_pixels), spec)


def _frames(source: Source, spec: ImageSpec, at_least: int | None, max_pixels: int | None) -> list[Image.Image]:
    """What is shown at each instant at which a model looks."""
    return read_frames(source, spec.frames, spec.chosen, at_least=at_least, max_pixels=max_pixels)


def read_ahead(
    photos: Iterable[S], spec: ImageSpec, *, batch: int, threads: int, max_pixels: int | None = None
) -> Iterator[tuple[list[S], list[np.ndarray | str]]]:
    """Batches of sources with their pixels, or with what is wrong with them, read up to two batches ahead.

    Raises:
        ValueError: no photo fits into a batch.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}, but at least 1 photo must be read at once")

    def load(source: S) -> np.ndarray | str:
        try:
            return source_pixels(source, spec, max_pixels=max_pixels)
        except (ValueError, OSError) as error:
            return str(error)

    sources = iter(photos)
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[tuple[list[S], list[Future[np.ndarray | str]]]] = deque()
        while chunk := list(islice(sources, batch)):
            ahead.append((chunk, [pool.submit(load, source) for source in chunk]))
            if len(ahead) == AHEAD:
                chunk, futures = ahead.popleft()
                yield chunk, [future.result() for future in futures]
        for chunk, futures in ahead:
            yield chunk, [future.result() for future in futures]


def read_with(
    given: Iterable[tuple[S, Sequence[str]]],
    spec: ImageSpec,
    *,
    batch: int,
    threads: int,
    max_pixels: int | None = None,
) -> Iterator[tuple[list[S], list[Sequence[str]], list[np.ndarray | str]]]:
    """Batches of sources with their texts, and with their pixels as from `read_ahead`."""
    photos, texts = tee(given)
    rows = (row for _, row in texts)
    sources_only = (photo for photo, _ in photos)
    for sources, arrays in read_ahead(sources_only, spec, batch=batch, threads=threads, max_pixels=max_pixels):
        yield sources, list(islice(rows, len(sources))), arrays
