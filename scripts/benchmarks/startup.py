"""Startup: from the start of a process to the caption of one photo, and to the end of `import captioner`."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from PIL import Image

from benchmarks.measure import Row, Setup
from captioner.images import ImageSpec
from captioner.models.bundle import Bundle, load_bundle, save_bundle
from captioner.models.export.folder import export
from captioner.models.exported import GRAPHS
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.vocabulary import SPECIAL, Vocabulary

CORES = 2
SMALL = CoreSettings(embedding=128, state=256, grid=128, width=128)
BUNDLES = {"resnet50": (CoreSettings(), 9490, 224), "small": (SMALL, 60, 64)}
LEAST = "import torch"
LEAST_EXPORTED = "import numpy, onnxruntime, PIL.Image"


def rows(setup: Setup) -> Iterator[Row]:
    """Bundles with random weights, without and with their graphs; the limit is importing what they need."""
    repeats = 1 if setup.quick else 5
    nothing = time_of(["-c", "pass"], repeats)
    package = time_of(["-c", "import captioner"], repeats) - nothing
    yield Row("import captioner", "ms", 1000 * package, None, None, "less", {"python_ms": 1000 * nothing})
    with TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        Image.effect_noise((640, 480), 50).convert("RGB").save(photo)
        for name, (core, words, size) in BUNDLES.items():
            bundle = Path(folder) / name
            write_bundle(bundle, name, core, words=words, size=size)
            yield from started(name, bundle, photo, LEAST, repeats)
            if not setup.quick:  # exporting takes as long as all the rest of a first look
                export(load_bundle(bundle), bundle / GRAPHS)
                yield from started(f"{name}, exported", bundle, photo, LEAST_EXPORTED, repeats)


def started(name: str, bundle: Path, photo: Path, least: str, repeats: int) -> Iterator[Row]:
    """The row of one bundle."""
    ours = time_of(["-m", "captioner.cli.main", "caption", "--model", str(bundle), str(photo)], repeats)
    limit = time_of(["-c", least], repeats)
    about = {"cores": CORES, "limit": least}
    yield Row(f"one photo captioned, from the start, {name}", "s", ours, None, limit, "less", about)


def write_bundle(folder: Path, name: str, core: CoreSettings, *, words: int, size: int) -> None:
    """A bundle of that encoder with random weights."""
    vocabulary = Vocabulary((*SPECIAL, *(f"word{number}" for number in range(words - len(SPECIAL)))))
    settings = NetworkSettings(EncoderSettings(name, "none"), core)
    network = Network(settings, vocabulary=len(vocabulary))
    save_bundle(folder, Bundle(settings, network, vocabulary, ImageSpec(size)))


def time_of(arguments: Sequence[str], repeats: int) -> float:
    """Median seconds of a Python process on two cores, after one to warm the disk's cache."""
    environment = os.environ | {"OMP_NUM_THREADS": str(CORES)}
    times = []
    with few_cores():
        for _ in range(repeats + 1):
            begun = perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
            times.append(perf_counter() - begun)
    return median(times[1:])


@contextmanager
def few_cores() -> Iterator[None]:
    """Lets processes that are started meanwhile use so many cores, where the system can tell them."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(mine)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)
