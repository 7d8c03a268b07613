"""Several bundles that caption as one: their probabilities are averaged at each word of the search."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from captioner.decoding.settings import Decoding
from captioner.inference.engines.engine import Kept, Reading, Seen, Verdict
from captioner.inference.engines.network import NetworkEngine
from captioner.models.bundle import Bundle
from captioner.models.encoding.names import EngineName
from captioner.nn.choir import Choir
from captioner.nn.speaker import Speaker

ALONE = "several models together only say captions; give one bundle, without the others"


@dataclass(frozen=True)
class Ensemble(Bundle):
    """The first bundle, as whom all of them speak.

    Attributes:
        members: all bundles.
    """

    members: tuple[Bundle, ...] = ()

    @property
    def heads(self) -> list[str]:
        """Together they say captions, and nothing else."""
        return ["captions"]


def together(bundles: Sequence[Bundle]) -> Ensemble:
    """Makes one of several bundles.

    Raises:
        ValueError: there are none, one says no captions, or they differ in words or in the transform of photos.
    """
    if not bundles:
        raise ValueError("no bundle was given; give one or more")
    first = bundles[0]
    for number, bundle in enumerate(bundles, 1):
        if "captions" not in bundle.heads:
            raise ValueError(f"bundle {number} of {len(bundles)} says no captions, so it cannot speak with the others")
        if bundle.vocabulary.tokens != first.vocabulary.tokens or bundle.transform != first.transform:
            raise ValueError(
                f"bundle {number} of {len(bundles)} has other words than the first, or another transform of photos;"
                " models that speak together share both"
            )
    about = {"ensemble": [bundle.about for bundle in bundles]}
    return Ensemble(first.settings, first.network, first.vocabulary, first.transform, about, members=tuple(bundles))


class EnsembleEngine(NetworkEngine):
    """The engine of an ensemble; arguments as of `NetworkEngine`."""

    def __init__(
        self,
        ensemble: Ensemble,
        device: str | torch.device = "cpu",
        *,
        compile: bool = False,
        engine: EngineName = "auto",
    ) -> None:
        super().__init__(ensemble, device, engine=engine)
        self.engines = [NetworkEngine(each, device, compile=compile, engine=engine) for each in ensemble.members]

    def speaker(self, seen: Seen) -> Choir:
        """All of them, looking at the photos."""
        return Choir([Speaker(engine.network, engine.look(seen)) for engine in self.engines])

    def weights(self) -> Iterator[bytes | memoryview]:
        """See `Engine`."""
        for engine in self.engines:
            yield from engine.weights()

    def memory(self, pixels: np.ndarray) -> Kept:
        """See `Engine`; what each of them keeps, under its number."""
        each = [engine.memory(pixels) for engine in self.engines]
        return {f"{number}.{name}": value for number, kept in enumerate(each) for name, value in kept.items()}

    def recall(self, kept: Kept) -> Choir:
        """See `Engine`."""
        return Choir([self._one(number, kept) for number in range(len(self.engines))])

    def _one(self, number: int, kept: Kept) -> Speaker:
        own = {name.removeprefix(f"{number}."): kept[name] for name in kept if name.startswith(f"{number}.")}
        speaker = self.engines[number].recall(own)
        assert isinstance(speaker, Speaker)
        return speaker

    def read(
        self, pixels: np.ndarray, captions: Sequence[Sequence[Sequence[int]]], *, start: int
    ) -> list[list[Reading]]:
        """Not together.

        Raises:
            ValueError: always.
        """
        raise ValueError(ALONE)

    def answer(
        self, pixels: np.ndarray, questions: Sequence[Sequence[Sequence[int]]], *, top: int
    ) -> list[list[Verdict]]:
        """Not together.

        Raises:
            ValueError: always.
        """
        raise ValueError(ALONE)

    def write(self, read: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """Not together.

        Raises:
            ValueError: always.
        """
        raise ValueError(ALONE)
