"""Using a bundle: photos in, captions with their attention out."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch
from PIL import Image

from captioner.bundle import Bundle, load_bundle
from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.images import pixels, read_photo, upright_rgb
from captioner.nn.attention import Memory

Source = str | Path | bytes | Image.Image
S = TypeVar("S", bound=Source)
DEFAULT = Decoding(method="beam", beam=3)


@dataclass(frozen=True, eq=False)
class Caption:
    """One caption of a photo.

    Attributes:
        text: the caption.
        words: its t words, as the network numbered them.
        log_probability: of the words and the end, in nats.
        score: what the search ranks by; see `Decoding`.
        attention: weights p over the n places for each word, (t, n); n is 0 for a network without attention.
    """

    text: str
    words: tuple[str, ...]
    log_probability: float
    score: float
    attention: np.ndarray


class Captioned(NamedTuple, Generic[S]):
    """A photo with its captions, best first."""

    source: S
    captions: tuple[Caption, ...]

    @property
    def text(self) -> str:
        """The best caption."""
        return self.captions[0].text


class Unreadable(NamedTuple, Generic[S]):
    """A photo that could not be read, with the reason in one sentence."""

    source: S
    reason: str


class Captioner:
    """Says captions of photos.

    Args:
        bundle: the model.
        device: where it computes, as torch names it (`cpu`, `cuda`, `cuda:1`, `mps`).
    """

    def __init__(self, bundle: Bundle, device: str | torch.device = "cpu") -> None:
        self.bundle = bundle
        self.device = torch.device(device)
        self.network = bundle.network.to(self.device).eval()

    def caption(self, photos: Source | Iterable[Source], decoding: Decoding = DEFAULT) -> list[Captioned[Source]]:
        """Captions one photo or many.

        Args:
            photos: paths, encoded bytes, or pillow images.
            decoding: how to search.

        Raises:
            ValueError: a photo cannot be read.
            FileNotFoundError: a photo does not exist.
        """
        sources: list[Source] = [photos] if isinstance(photos, Source) else list(photos)
        results = []
        for result in self.caption_each(sources, decoding):
            if isinstance(result, Unreadable):
                raise ValueError(result.reason)
            results.append(result)
        return results

    def caption_each(
        self, photos: Iterable[S], decoding: Decoding = DEFAULT, *, batch: int = 16, threads: int = 2
    ) -> Iterator[Captioned[S] | Unreadable[S]]:
        """Captions a stream of photos in its order; a photo that cannot be read does not stop the rest.

        Args:
            batch: photos captioned at once.
            threads: how many read photos ahead.
        """
        position = 0
        for sources, arrays in self._read(photos, batch=batch, threads=threads):
            good = [array for array in arrays if isinstance(array, np.ndarray)]
            found = iter(self._search(np.stack(good), decoding, first=position) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, np.ndarray):
                    yield Captioned(source, tuple(map(self._worded, next(found))))
                else:
                    yield Unreadable(source, array)
            position += len(good)

    @torch.inference_mode()
    def explain(self, photo: Source, text: str) -> Caption:
        """Where the network looks while it is given a caption that a person wrote, and how probable it finds it.

        Raises:
            ValueError: the photo cannot be read, or the text has no word.
        """
        vocabulary = self.bundle.vocabulary
        ids = vocabulary.encode(text)
        if not ids:
            raise ValueError(f"the caption {text!r} has no word; type one, for example: a dog runs")
        words = torch.tensor([[vocabulary.start, *ids, vocabulary.end]], device=self.device)
        lengths = torch.tensor([words.shape[1] - 1], device=self.device)
        said = self.network.caption(self._look(self._pixels(photo)[None]), words[:, :-1], lengths)
        log_p = said.logits.float().log_softmax(dim=1).gather(1, words[0, 1:, None]).sum()
        spoken = tuple(vocabulary.tokens[number] for number in ids)
        p = said.trace.p[:-1].float().cpu().numpy()  # the last row chose the end
        return Caption(text, spoken, float(log_p), float(log_p) / len(ids), p)

    def _look(self, array: np.ndarray) -> Memory:
        return self.network.look(torch.from_numpy(array).to(self.device))

    @torch.inference_mode()
    def _search(self, array: np.ndarray, decoding: Decoding, *, first: int) -> list[list[Hypothesis]]:
        vocabulary = self.bundle.vocabulary
        return search(
            self.network.speaker(self._look(array)),
            decoding,
            start=vocabulary.start,
            end=vocabulary.end,
            never=vocabulary.never_said,
            first=first,
        )

    def _worded(self, found: Hypothesis) -> Caption:
        vocabulary = self.bundle.vocabulary
        words = tuple(vocabulary.tokens[number] for number in found.words)
        return Caption(
            vocabulary.decode(found.words), words, found.log_probability, found.score, found.p.clone().numpy()
        )

    def _pixels(self, source: Source) -> np.ndarray:
        spec = self.bundle.image
        photo = upright_rgb(source) if isinstance(source, Image.Image) else read_photo(source, at_least=spec.size)
        return pixels(photo, spec)

    def _read(
        self, photos: Iterable[S], *, batch: int, threads: int
    ) -> Iterator[tuple[list[S], list[np.ndarray | str]]]:
        """Batches of sources with their pixels, or with what is wrong with them, read up to two batches ahead."""

        def load(source: S) -> np.ndarray | str:
            try:
                return self._pixels(source)
            except (ValueError, OSError) as error:
                return str(error)

        sources = iter(photos)
        with ThreadPoolExecutor(threads) as pool:
            ahead: deque[tuple[list[S], list[Future[np.ndarray | str]]]] = deque()
            while chunk := list(islice(sources, batch)):
                ahead.append((chunk, [pool.submit(load, source) for source in chunk]))
                if len(ahead) == 3:
                    chunk, futures = ahead.popleft()
                    yield chunk, [future.result() for future in futures]
            for chunk, futures in ahead:
                yield chunk, [future.result() for future in futures]


def load(folder: str | Path, device: str = "cpu") -> Captioner:
    """Opens a bundle for use.

    Raises:
        FileNotFoundError: there is no such bundle, or it is incomplete.
        ValueError: it is malformed.
    """
    return Captioner(load_bundle(Path(folder)), device)
