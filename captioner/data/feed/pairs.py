"""Sentence pairs in batches of about equal lengths, so that little of a batch is padding."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from captioner.data.feed.batches import padded
from captioner.data.feed.datasets import PhotoSource
from captioner.data.read.pairs import Pair
from captioner.text.vocabulary import Vocabulary

POOL = 50
"""Batches that are sorted by length together: more waste less, fewer mix better."""
Numbered = tuple[list[int], list[int]]


class PairBatches:
    """Batches of pairs, in an order that depends on seed and epoch alone.

    A batch has index (b), the places of its pairs in the list; source (b, n), ids with the end behind each, padded;
    words (b, 1, t) and lengths (b, 1) of the targets, from start to end, as those of captions. Where there are photos
    beside the sentences, it also has features (p, ...), what is seen of its p different photos; and photos (b), which
    of these each pair has, -1 where it has none. A batch that has no photo shows the first of all, to no sentence: all
    weights then take part in every step, on which a training in several processes relies.

    Args:
        pairs: the sentences.
        vocabulary: of both languages.
        size: pairs of a batch.
        longest: subwords after which a sentence is cut.
        epoch: tells the epoch, on which a shuffled order depends; None for the order of length.
        seed: of the order.
        ranks: how many processes share the batches, and which of them this is.
        seen: what the network sees of `photos_of(pairs)`; None where there are no photos.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        vocabulary: Vocabulary,
        size: int,
        *,
        longest: int,
        epoch: Callable[[], int] | None,
        seed: int = 0,
        ranks: tuple[int, int] = (1, 0),
        seen: PhotoSource | None = None,
    ) -> None:
        self.vocabulary, self.size, self.epoch, self.seed, self.ranks = vocabulary, size, epoch, seed, ranks
        self.numbered = [numbered(pair, vocabulary, longest) for pair in pairs]
        places = {photo: place for place, photo in enumerate(photos_of(pairs))}
        self.beside = [-1 if pair.photo is None else places[pair.photo] for pair in pairs]
        self.seen = seen if places else None

    def __len__(self) -> int:
        batches, (processes, _) = -(-len(self.numbered) // self.size), self.ranks
        return -(-batches // processes)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        """Each process has equally many batches; the first ones come twice where they do not divide evenly."""
        batches, (processes, own) = self._order(), self.ranks
        batches += batches[: len(self) * processes - len(batches)]
        return (self._batch(places) for places in batches[own::processes])

    def _order(self) -> list[list[int]]:
        """The places of the pairs of each batch."""
        count, size = len(self.numbered), self.size
        if self.epoch is None:
            return _cut(sorted(range(count), key=self._length), size)
        chance = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch())
        places = torch.randperm(count, generator=chance).tolist()
        batches = [batch for pool in _cut(places, POOL * size) for batch in _cut(sorted(pool, key=self._length), size)]
        return [batches[place] for place in torch.randperm(len(batches), generator=chance).tolist()]

    def _length(self, place: int) -> tuple[int, int]:
        source, target = self.numbered[place]
        return len(target), len(source)

    def _batch(self, places: Sequence[int]) -> dict[str, Tensor]:
        pad, chosen = self.vocabulary.pad, [self.numbered[place] for place in places]
        source, _ = padded([[source] for source, _ in chosen], pad=pad)
        words, lengths = padded([[target] for _, target in chosen], pad=pad)
        batch = {"index": torch.tensor(places), "source": source[:, 0], "words": words, "lengths": lengths}
        return batch if self.seen is None else batch | _shown(self.seen, [self.beside[place] for place in places])


def photos_of(pairs: Sequence[Pair]) -> list[Path]:
    """The different photos beside these pairs, in the order in which they first come."""
    return list(dict.fromkeys(pair.photo for pair in pairs if pair.photo is not None))


def numbered(pair: Pair, vocabulary: Vocabulary, longest: int) -> Numbered:
    """The ids of a pair: of the source with the end behind it, of the target between start and end."""
    target = vocabulary.encode(pair.target)[:longest]
    return vocabulary.encode_source(pair.source)[:longest], [vocabulary.start, *target, vocabulary.end]


def _shown(seen: PhotoSource, beside: Sequence[int]) -> dict[str, Tensor]:
    """What is seen of the different photos of a batch, and which of these each pair has."""
    rows = {place: row for row, place in enumerate(dict.fromkeys(place for place in beside if place >= 0))}
    features = torch.stack([seen[place] for place in rows or (0,)])
    return {"photos": torch.tensor([rows.get(place, -1) for place in beside]), "features": features}


def _cut(places: Sequence[int], size: int) -> list[list[int]]:
    return [list(places[at : at + size]) for at in range(0, len(places), size)]
