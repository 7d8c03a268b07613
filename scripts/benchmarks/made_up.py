"""The network, photos and captions of the benchmark: of real sizes, with random numbers."""

from copy import deepcopy
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from captioner.data.feed.batches import collate
from captioner.data.feed.datasets import Item
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.vocabulary import SPECIAL, Vocabulary

CHANNELS = 2048  # of a ResNet-50
CAPTIONS = 5  # of each photo
SHORTEST, LONGEST = 9, 14  # words of a caption


class Size(NamedTuple):
    """A task: places along each side of the grid, words of the vocabulary, photos of a step."""

    side: int
    vocabulary: int
    photos: int

    def __str__(self) -> str:
        return f"{self.side**2} places x {CHANNELS}, vocabulary {self.vocabulary:,}, batch {self.photos}"


def vocabulary_of(size: Size) -> Vocabulary:
    """As many words as there should be, the special ones included."""
    return Vocabulary((*SPECIAL, *(f"word{number}" for number in range(len(SPECIAL), size.vocabulary))))


def network_of(size: Size) -> Network:
    """ResNet-50, one LSTM with additive attention and gate, all widths 512, a vocabulary product of its own weights."""
    return deepcopy(_network(size.vocabulary))


@cache
def _network(vocabulary: int) -> Network:
    torch.manual_seed(0)
    settings = NetworkSettings(EncoderSettings(weights="none"), CoreSettings(), tied=False)
    return Network(settings, vocabulary=vocabulary)


def maps_of(size: Size, photos: int) -> Float[Tensor, "b c y x"]:
    """What the encoder says of photos, mostly zeros as after a ReLU, channels last as in the store."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(photos, size.side, size.side, CHANNELS, generator=generator).relu().movedim(-1, 1)


def batch_of(size: Size, photos: int) -> dict[str, Tensor]:
    """A batch as the data loader gives it: five captions of 9 to 14 words for each photo."""
    generator, vocabulary = torch.Generator().manual_seed(2), vocabulary_of(size)

    def caption() -> list[int]:
        length = int(torch.randint(SHORTEST, LONGEST + 1, (), generator=generator))
        words = torch.randint(len(SPECIAL), size.vocabulary, (length,), generator=generator)
        return [vocabulary.start, *words.tolist(), vocabulary.end]

    maps = maps_of(size, photos)
    items = [Item(place, maps[place], [caption() for _ in range(CAPTIONS)]) for place in range(photos)]
    return collate(items, pad=vocabulary.pad)
