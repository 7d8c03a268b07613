"""The captioner as a judge of sentences: what it needs of photos is kept, and any sentence can be held against it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Generic, NamedTuple

import numpy as np

from captioner.decoding.expected import expected_words
from captioner.decoding.given import word_log_probabilities
from captioner.inference.engine import Kept
from captioner.inference.model import Captioner
from captioner.inference.photos import S, Unreadable, read_ahead

DRAWN = 16
"""Captions drawn of a photo, from which it is told how often each word is expected."""

FLOOR = 1e-3
"""Expected occurrences that are added to each word's."""


class Looked(NamedTuple, Generic[S]):
    """A photo at which the model has looked.

    Attributes:
        source: the photo.
        kept: by name, float16: what the engine needs of it, and `words`, how often each word is expected, (v).
    """

    source: S
    kept: Kept


class Judge:
    """Holds sentences against photos.

    Args:
        model: a captioner.

    Raises:
        ValueError: the model was not trained on captions.
    """

    def __init__(self, model: Captioner) -> None:
        model.need("captions")
        self.model, self.vocabulary = model, model.bundle.vocabulary

    @property
    def identity(self) -> str:
        """A digest of all that what is kept depends on: weights, words and the transform of photos."""
        digest = hashlib.sha256(repr((self.vocabulary.tokens, self.model.bundle.image, DRAWN)).encode())
        for part in self.model.engine.weights():
            digest.update(part)
        return digest.hexdigest()

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of what is kept of a photo, by name."""
        size = self.model.bundle.image.size
        kept = self.model.engine.memory(np.zeros((1, 3, size, size), np.float32))
        return {name: value.shape[1:] for name, value in kept.items()} | {"words": (len(self.vocabulary),)}

    def look_each(self, photos: Iterable[S], *, batch: int = 16, threads: int = 2) -> Iterator[Looked[S] | Unreadable[S]]:
        """Looks at a stream of photos, in its order.

        Args:
            photos: of any kind.
            batch: photos at once.
            threads: how many read photos ahead.
        """
        position = 0
        for sources, arrays in self._read_ahead(photos, batch, threads):
            good = [array for array in arrays if isinstance(array, np.ndarray)]
            kept = self._kept(np.stack(good), position) if good else {}
            each = iter(range(len(good)))
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, str):
                    yield Unreadable(source, array)
                else:
                    place = next(each)
                    yield Looked(source, {name: values[place] for name, values in kept.items()})
            position += len(good)

    def _read_ahead(self, photos: Iterable[S], batch: int, threads: int) -> Iterator[tuple[list[S], list[np.ndarray | str]]]:
        image, most = self.model.bundle.image, self.model.max_pixels
        return read_ahead(photos, image, batch=batch, threads=threads, max_pixels=most)

    def _kept(self, pixels: np.ndarray, first: int) -> Kept:
        kept = self.model.engine.memory(pixels)
        start, end = self.vocabulary.start, self.vocabulary.end
        words = expected_words(self.model.engine.recall(kept), captions=DRAWN, start=start, end=end, first=first)
        return {name: values.astype(np.float16) for name, values in (kept | {"words": words}).items()}

    def numbered(self, text: str) -> list[int]:
        """The ids of a sentence's words.

        Raises:
            ValueError: it has no word, or none that the model knows.
        """
        ids = self.vocabulary.encode(text)
        if not ids:
            raise ValueError(f"{text!r} has no word; type one, for example: two dogs on a beach")
        if set(ids) == {self.vocabulary.unknown}:
            raise ValueError(f"the model knows no word of {text!r}; say it in words that captions have")
        return ids

    def exact(self, kept: Kept, sentences: Sequence[Sequence[int]]) -> np.ndarray:
        """ln p(sentence | photo) in nats, of k sentences for each of b photos: (b, k)."""
        start, end = self.vocabulary.start, self.vocabulary.end
        return word_log_probabilities(self.model.engine.recall(kept), sentences, start=start, end=end).sum(axis=2)

    def quick(self, words: np.ndarray, sentence: Sequence[int]) -> np.ndarray:
        """A guess at which photos a sentence fits, by the words expected of them: the sum of the logarithms.

        Args:
            words: how often each is expected, (m, v).
            sentence: ids.

        Returns:
            (m), comparable among photos only.
        """
        known = sorted(set(sentence) - {self.vocabulary.unknown})
        return np.log(words[:, known].astype(np.float32) + FLOOR).sum(axis=1)


def log_mean(log_p: np.ndarray) -> np.ndarray:
    """ln of the mean probability over the first axis: ln p(sentence) from ln p(sentence | photo), (b, ...)."""
    highest = log_p.max(axis=0)
    return np.log(np.exp(log_p - highest).mean(axis=0)) + highest
