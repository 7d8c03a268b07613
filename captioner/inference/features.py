"""What an encoder sees of photos: the grid over which the words of a caption or a question look."""

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple

import numpy as np

from captioner.inference.model import Captioner
from captioner.inference.photos import S, Unreadable, read_ahead


class Encoded(NamedTuple, Generic[S]):
    """A photo with its grid v, (n, d), float16."""

    source: S
    grid: np.ndarray


def features_each(
    model: Captioner, photos: Iterable[S], *, batch: int = 16, threads: int = 2
) -> Iterator[Encoded[S] | Unreadable[S]]:
    """Encodes a stream of photos, in its order; a photo that cannot be read does not stop the rest.

    Args:
        model: of any kind that sees photos.
        photos: of any kind.
        batch: photos at once.
        threads: how many read photos ahead.
    """
    image, most = model.bundle.image, model.max_pixels
    for sources, arrays in read_ahead(photos, image, batch=batch, threads=threads, max_pixels=most):
        good = [array for array in arrays if isinstance(array, np.ndarray)]
        grids = iter(model.engine.memory(np.stack(good))["grid"].astype(np.float16) if good else ())
        for source, array in zip(sources, arrays, strict=True):
            yield Unreadable(source, array) if isinstance(array, str) else Encoded(source, next(grids))
