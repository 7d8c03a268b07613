"""Features by the engine that the package chooses, next to torch alone and to the fastest bare network of any."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor

from benchmarks.measure import Row, Setup, seconds
from benchmarks.photos import write_photos
from captioner.data.feed.encoding import make_store
from captioner.images import ImageSpec, pixels
from captioner.models.encoding.fastest import Fastest
from captioner.models.encoding.graph import Graph, write_graph
from captioner.nn.encoder.grid import GridEncoder
from captioner.photos import read_photo

SPEC = ImageSpec(257)
NETWORKS = {"EfficientNet-Lite2": "efficientnet_lite2", "EfficientNet-B4": "efficientnet_b4"}
PHOTO = 500, 375  # as those of Flickr8k
BATCH = 16
Encode = Callable[[Tensor], Tensor]


def rows(setup: Setup) -> Iterator[Row]:
    """For each network one row of pixels that are in memory, and one of a whole store from JPEG files."""
    with TemporaryDirectory() as folder:
        files = write_photos(Path(folder), PHOTO, BATCH)
        seen = torch.from_numpy(np.stack([pixels(read_photo(file, at_least=SPEC.size), SPEC) for file in files]))
        for title, name in list(NETWORKS.items())[: 1 if setup.quick else 2]:
            yield from of_network(title, name, files, seen, setup)


def of_network(title: str, name: str, files: list[Path], seen: Tensor, setup: Setup) -> Iterator[Row]:
    """Both rows of one network; all engines are timed in turns, in one run."""
    torch.manual_seed(0)
    encoder = GridEncoder(name, "none").eval()
    chosen = Fastest(encoder.stem, rough=setup.dtype == torch.bfloat16, patience=0)
    while chosen.choice.best == 0 and len(chosen.ways) > 1:
        chosen(seen[:BATCH])
    bare = engines(encoder, seen, setup)
    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: through(chosen, seen, BATCH),
        "naive": lambda: through(encoder.begin, seen, BATCH),
        "store": lambda: store(encoder, chosen, files),
        **{each: partial(through, encode, seen, few) for each, (encode, few) in bare.items()},
    }
    times = {side: median(each) for side, each in seconds(sides, setup.device, repeats=min(setup.repeats, 3)).items()}
    speeds = {side: len(files) / time for side, time in times.items()}
    fastest = max(bare, key=speeds.__getitem__)
    about = {"photos_a_second": speeds, "chosen": chosen.choice.chosen, "fastest_bare": fastest}
    for what, side in (("pixels in memory", "ours"), (f"JPEG {PHOTO[0]} x {PHOTO[1]}", "store")):
        work = f"features, {title} at {SPEC.size}, {what}"
        yield Row(work, "photos/s", speeds[side], speeds["naive"], speeds[fastest], "more", about)


def engines(encoder: GridEncoder, like: Tensor, setup: Setup) -> dict[str, tuple[Encode, int]]:
    """The bare network by each engine and number type, each with how many photos go through it at once."""

    def rough(batch: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return encoder.begin(batch)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.onnx"
        write_graph(encoder.stem, like[:2], path)
        graph = Graph(path, setup.threads)
    found: dict[str, tuple[Encode, int]] = {}
    for few in (2, BATCH):
        found[f"torch, {few} at once"] = encoder.begin, few
        found[f"onnxruntime, {few} at once"] = graph, few
        if setup.dtype == torch.bfloat16:
            found[f"torch in bfloat16, {few} at once"] = rough, few
    return found


@torch.inference_mode()
def through(encode: Encode, seen: Tensor, few: int) -> None:
    """All photos, a few at a time."""
    for batch in torch.split(seen, few):
        encode(batch)


def store(encoder: GridEncoder, stem: Encode, files: list[Path]) -> None:
    """A whole feature store: photos are read, computed and written."""
    with TemporaryDirectory() as folder:
        make_store(Path(folder), files, SPEC, lambda batch: encoder.begin(batch, stem), encoder={}, batch=BATCH)
