"""Growth: the time of a photo and the memory of a process that trains on few photos and on very many."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import overload

import torch

from benchmarks.made_up import CHANNELS, Size, network_of, vocabulary_of
from benchmarks.measure import Row, Setup, in_fresh_process
from captioner.data.feed.datasets import CaptionDataset, Captions
from captioner.data.feed.features import FeatureStore
from captioner.data.read.records import Photo
from captioner.files import write_json
from captioner.training.data.loading import captions_collate, loader
from captioner.training.tasks.caption_part import CaptionPart

SIZE = Size(7, 2500, 32)
TIMED, HELD = (1_000, 50_000), (8_000, 800_000)
BATCHES = 250  # all of 8,000 photos
CAPTIONS = tuple(" ".join(f"word{caption + word}" for word in range(9 + caption)) for caption in range(4, 9))


class Photos(Sequence[Photo]):
    """So many photos with five captions each; made when they are asked for."""

    def __init__(self, count: int) -> None:
        self.photos = count

    def __len__(self) -> int:
        return self.photos

    @overload
    def __getitem__(self, index: int) -> Photo: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Photo]: ...
    def __getitem__(self, index: int | slice) -> Photo | Sequence[Photo]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self.photos))]
        return Photo(index, Path(str(index)), CAPTIONS)


def rows(setup: Setup) -> Iterator[Row]:
    """Time from 1,000 to 50,000 photos, memory from 8,000 to 800,000; `limit` is what the smaller number takes."""
    batches = 10 if setup.quick else BATCHES
    if not setup.quick:
        few, many = (in_fresh_process(train, count, 5, 5, setup.threads).result for count in TIMED)
        name = f"training on {TIMED[1]:,} photos; limit: on {TIMED[0]:,}"
        yield Row(name, "ms/photo", 1000 * many, None, 1000 * few, "less", {})
    few, many = (in_fresh_process(train, count, batches, 2, setup.threads).megabytes for count in HELD)
    name = f"memory of training on {HELD[1]:,} photos; limit: on {HELD[0]:,}"
    yield Row(name, "MB", many, None, few, "less", {"batches": batches})


def train(photos: int, batches: int, steps: int, threads: int) -> float:
    """Loads batches of a store of so many photos, takes steps on some, and gives the seconds a photo of these."""
    torch.set_num_threads(threads)
    with TemporaryDirectory() as folder:
        write_store(Path(folder), photos)
        vocabulary = vocabulary_of(SIZE)
        data = CaptionDataset(Photos(photos), FeatureStore(Path(folder)), Captions(vocabulary))
        collate = captions_collate(pad=vocabulary.pad)
        loaded = iter(loader(data, SIZE.photos, collate, ranks=(1, 0), shuffle=True, seed=0, epoch=0, workers=0))
        network = network_of(SIZE).train()
        adam = torch.optim.AdamW((weight for weight in network.parameters() if weight.requires_grad), fused=True)
        begun = perf_counter()
        for batch in islice(loaded, steps):
            memory = network.remember(batch["features"].float())
            loss = CaptionPart(network, 0.0, 1.0, 0.0, {}).loss(memory, batch, vocabulary, own=0.0)
            torch.autograd.backward(loss.total)
            adam.step()
            adam.zero_grad()
        seconds = perf_counter() - begun
        for _ in islice(loaded, batches - steps):
            pass
    return seconds / (steps * SIZE.photos)


def write_store(folder: Path, photos: int) -> None:
    """A finished store of zeros that takes no room on the disk."""
    shape = [SIZE.side, SIZE.side, CHANNELS]
    about = {"identity": {"count": photos, "views": 1}, "shape": shape, "done": photos}
    write_json(folder / "store.json", about)
    with (folder / "features.bin").open("wb") as file:
        file.truncate(photos * SIZE.side**2 * CHANNELS * 2)
