"""Training from a pack: its speed beside the feature store's, and what memory and start cost with very many rows."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from PIL import Image

from benchmarks.growth import CAPTIONS, Photos, write_store
from benchmarks.made_up import CHANNELS, Size, network_of, vocabulary_of
from benchmarks.measure import Row, in_fresh_process
from captioner.data.feed.datasets import CaptionDataset, Captions
from captioner.data.feed.features import FeatureStore
from captioner.data.feed.packs import rows
from captioner.data.feed.packs.facts import INDEX, Facts, Place, write_facts
from captioner.data.feed.packs.rows import Record, Seen
from captioner.images import ImageSpec
from captioner.nn.network import Network
from captioner.text.vocabulary import Vocabulary, count_tokens
from captioner.training.data.loading import captions_collate, loader
from captioner.training.data.packed import CaptionRows, Packed
from captioner.training.tasks.caption_part import CaptionPart

SIZE = Size(7, 2500, 32)
SHAPE = (SIZE.side, SIZE.side, CHANNELS)
FEW, MANY = 10_000, 1_000_000
RECIPE = """
data: {image: {size: 32, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}, min_count: 1, batch_size: 32}
model:
  network:
    encoder: {name: small, weights: none, trainable_stages: 3}
    core: {cell: gru, embedding: 16, state: 24, grid: 16, width: 8}
trainer: {accelerator: cpu, devices: 1, max_epochs: 1, limit_train_batches: 200, limit_val_batches: 1}
"""


def speed(photos: int, steps: int, turns: int) -> Row:
    """Photos a second of whole training steps, a pack and a store in turns; the median of the turns."""
    vocabulary = vocabulary_of(SIZE)
    items, collate, seen = Captions(vocabulary), captions_collate(pad=vocabulary.pad), Seen(ImageSpec(), SHAPE)
    with TemporaryDirectory() as folder:
        store, pack = Path(folder) / "store", Path(folder) / "pack"
        store.mkdir()
        write_store(store, photos)
        facts = write_pack(pack, photos, lambda place: bytes(2 * SIZE.side**2 * CHANNELS), chunk=300)
        stored = CaptionDataset(Photos(photos), FeatureStore(store), items)
        packed = Packed(pack, facts, CaptionRows(items, seen))
        sides: dict[str, Callable[[], Iterable[Any]]] = {
            "pack": lambda: packed.loader(SIZE.photos, collate, ranks=(1, 0), seed=0, workers=0),
            "store": lambda: loader(
                stored, SIZE.photos, collate, ranks=(1, 0), shuffle=True, seed=0, epoch=0, workers=0
            ),
        }
        network = network_of(SIZE).train()
        times: dict[str, list[float]] = {side: [] for side in sides}
        for turn in range(turns + 1):
            for side, make in sides.items():
                taken = train(network, make(), vocabulary, steps)
                times[side] += [taken] if turn else []  # the first turn warms up
    fast = {side: SIZE.photos * steps / sorted(each)[len(each) // 2] for side, each in times.items()}
    name = f"training, {SIZE}: from a pack; naive: from a feature store"
    return Row(name, "photos/s", fast["pack"], fast["store"], None, "more", {"seconds": times})


def train(network: Network, batches: Iterable[dict[str, Any]], vocabulary: Vocabulary, steps: int) -> float:
    """Seconds of so many steps."""
    adam = torch.optim.AdamW((weight for weight in network.parameters() if weight.requires_grad), fused=True)
    begun = time.perf_counter()
    for batch in islice(batches, steps):
        memory = network.remember(batch["features"].float())
        loss = CaptionPart(network, 0.0, 1.0, 0.0, {}).loss(memory, batch, vocabulary, own=0.0)
        torch.autograd.backward(loss.total)
        adam.step()
        adam.zero_grad()
    return time.perf_counter() - begun


def growth(few: int = FEW, many: int = MANY) -> Iterator[Row]:
    """Peak memory, and the time to the first step, of `captioner fit` on many rows; `naive` is on few of them."""
    with TemporaryDirectory() as folder:
        small, large = (in_fresh_process(fit, folder, photos, few) for photos in (few, many))
    name = f"`captioner fit` on {many:,} packed rows; naive: on {few:,}"
    yield Row(f"memory of {name}", "MB", large.megabytes, small.megabytes, None, "less", {})
    yield Row(f"start of {name}", "s", large.result, small.result, None, "less", {})


def fit(folder: str, photos: int, chunk: int) -> float:
    """Makes a pack, trains on it a little, and gives the seconds from the command to the first step."""
    from captioner.training.run.cli import run
    from captioner.training.tasks.photos import CaptionTask

    place, photo = Path(folder) / str(photos), BytesIO()
    place.mkdir()
    os.chdir(place)
    Image.new("RGB", (32, 32), "red").save(photo, "PNG")
    write_pack(place / "pack", photos, lambda _: photo.getvalue(), chunk=chunk, features=False)
    (place / "a.png").write_bytes(photo.getvalue())
    (place / "val.jsonl").write_text(json.dumps({"image": "a.png", "caption": CAPTIONS[0]}))
    (place / "recipe.yaml").write_text(RECIPE)
    step, first = CaptionTask.training_step, list[float]()

    def timed(task: CaptionTask, batch: Any, index: int) -> Any:
        first.append(time.perf_counter())
        return step(task, batch, index)

    CaptionTask.training_step = timed  # type: ignore[assignment,method-assign]
    begun = time.perf_counter()
    assert run(["fit", "--config", "recipe.yaml", "--data.train=pack", "--data.val=val.jsonl", "--run=run"]) == 0
    return first[0] - begun


def write_pack(pack: Path, photos: int, seen: Callable[[int], bytes], *, chunk: int, features: bool = True) -> Facts:
    """A pack of made-up rows; chunks behind the first are the same file under further names."""
    from litdata.streaming import Cache

    pack.mkdir()
    cache = Cache(str(pack), chunk_size=chunk)
    made = Photos(min(chunk, photos))
    for place in range(len(made)):
        photo = made[place]
        record = Record(photo.path, {"id": photo.id, "captions": photo.captions})
        cache[place] = rows.row(record, seen(place), "features" if features else "photo")
    cache.done()
    cache.merge()
    index = json.loads((pack / INDEX).read_text())
    (one,) = index["chunks"]
    assert photos % one["chunk_size"] == 0
    for number in range(1, photos // one["chunk_size"]):
        os.link(pack / one["filename"], pack / f"chunk-0-{number}.bin")
        index["chunks"].append({**one, "filename": f"chunk-0-{number}.bin"})
    (pack / INDEX).write_text(json.dumps(index))
    tokens = {"words": dict(count_tokens(CAPTIONS, "words")), "characters": dict(count_tokens(CAPTIONS, "characters"))}
    about = {"encoder": {}, "transform": {}, "shape": list(SHAPE)} if features else None
    facts = Facts("captions", photos, 0, photos * len(CAPTIONS), tokens, features=about)
    write_facts(Place(pack), facts)
    return facts
