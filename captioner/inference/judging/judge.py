"""The captioner as a judge of sentences: what it needs of photos is kept, and any sentence can be held against it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import Generic, NamedTuple

import numpy as np

from captioner.decoding.expected import expected_words
from captioner.decoding.given import word_log_probabilities
from captioner.inference.engines.engine import Kept
from captioner.inference.model import Captioner
from captioner.inference.photos import S, Source, Unreadable, read_ahead, source_pixels

DRAWN = 16
"""Captions drawn of a photo, from which it is told how often each word is expected."""
BLANK = 0.85
"""λ: how much of a sentence's log-probability about a blank photo is taken from that about a photo."""


class Looked(NamedTuple, Generic[S]):
    """A photo at which the model has looked.

    Attributes:
        source: the photo.
        kept: by name, float16: what the engine needs of it, and `expected`, how often each word is expected, (v).
    """

    source: S
    kept: Kept


class Fit(NamedTuple):
    """How well a sentence fits a photo.

    Attributes:
        text: the sentence.
        score: how much likelier it is for this photo than for a blank one, or than for others, in nats.
        log_probability: ln p(sentence | photo), in nats.
    """

    text: str
    score: float
    log_probability: float


class Judge:
    """Holds sentences against photos.

    Args:
        model: a captioner.
        fast: whether it computes in the number type that the device multiplies fast; see `Engine.fast`.

    Raises:
        ValueError: the model was not trained on captions.
    """

    def __init__(self, model: Captioner, *, fast: bool = False) -> None:
        model.need("captions")
        self.model, self.vocabulary = model, model.bundle.vocabulary
        self._context = model.engine.fast if fast else nullcontext

    @cached_property
    def identity(self) -> str:
        """A digest of all that what is kept depends on: weights, words and the transform of photos."""
        digest = hashlib.sha256(repr((self.vocabulary.tokens, self.model.bundle.image, DRAWN)).encode())
        for part in self.model.engine.weights():
            digest.update(part)
        return digest.hexdigest()

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of what is kept of a photo, by name."""
        return {name: value.shape[1:] for name, value in self._blank.items()} | {"expected": (len(self.vocabulary),)}

    @cached_property
    def _blank(self) -> Kept:
        """What is kept of a photo that is all of the mean colour."""
        return self.model.engine.memory(np.zeros((1, *self.model.bundle.image.shape), np.float32))

    def look_each(
        self, photos: Iterable[S], *, batch: int = 16, threads: int = 2
    ) -> Iterator[Looked[S] | Unreadable[S]]:
        """Looks at a stream of photos, in its order.

        Args:
            photos: of any kind.
            batch: photos at once.
            threads: how many read photos ahead.
        """
        image, most, position = self.model.bundle.image, self.model.max_pixels, 0
        for sources, arrays in read_ahead(photos, image, batch=batch, threads=threads, max_pixels=most):
            good = [array for array in arrays if isinstance(array, np.ndarray)]
            kept = self._kept(np.stack(good), position) if good else {}
            places = iter(range(len(good)))
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, str):
                    yield Unreadable(source, array)
                else:
                    place = next(places)
                    yield Looked(source, {name: values[place] for name, values in kept.items()})
            position += len(good)

    def _kept(self, pixels: np.ndarray, first: int) -> Kept:
        start, end = self.vocabulary.begin(), self.vocabulary.end
        with self._context():
            kept = self.model.engine.memory(pixels)
            words = expected_words(self.model.engine.recall(kept), captions=DRAWN, start=start, end=end, first=first)
        return {name: values.astype(np.float16) for name, values in (kept | {"expected": words}).items()}

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

    def read(self, kept: Kept, sentences: Sequence[Sequence[int]]) -> np.ndarray:
        """ln p of each word of k sentences about each of b photos, and of the end: (b, k, t), nats, 0 behind it.

        Args:
            kept: of the photos, (b, ...); half precision will do.
            sentences: ids, without start and end.
        """
        start, end = self.vocabulary.begin(), self.vocabulary.end
        with self._context():
            return word_log_probabilities(self.model.engine.recall(kept), sentences, start=start, end=end)

    def memory(self, photo: Source) -> Kept:
        """What the engine needs of one photo, (1, ...).

        Raises:
            ValueError: it cannot be read.
        """
        pixels = source_pixels(photo, self.model.bundle.image, max_pixels=self.model.max_pixels)
        with self._context():
            return self.model.engine.memory(pixels[None])

    def match(self, photo: Source, texts: Sequence[str]) -> list[Fit]:
        """How well each of some sentences fits a photo, best first: ln p(· | photo) - λ ln p(· | a blank photo).

        Raises:
            ValueError: the photo cannot be read, or a sentence has no word that the model knows.
        """
        sentences = [self.numbered(text) for text in texts]
        told = self.read(self.memory(photo), sentences)[0].sum(axis=1)
        anyhow = self.read(self._blank, sentences)[0].sum(axis=1)
        fits = [
            Fit(text, float(log_p - BLANK * prior), float(log_p))
            for text, log_p, prior in zip(texts, told, anyhow, strict=True)
        ]
        return sorted(fits, key=lambda fit: -fit.score)
