"""Torch against onnxruntime on one bundle: equal captions, seconds a photo at batch 1, and what 8 bits cost and gain.

    python scripts/benchmark_export.py BUNDLE captions_test.json --photos 200 --int8 captions_train.json

Times are medians over photos, of one caption from decoded pixels and one thread a core. The engines take turns photo by
photo, so that whatever else the machine does hits them alike.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch

from captioner.data.read.records import Photo, read_photos
from captioner.decoding.settings import Decoding
from captioner.inference import Captioner
from captioner.inference.photos import source_pixels
from captioner.models.bundle import load_bundle
from captioner.models.export.folder import export
from captioner.models.exported import open_exported
from captioner.scoring.captions.scores import score_captions

CALIBRATING = 64
SEARCHES = {"greedy": Decoding("greedy"), "beam 3": Decoding()}
Say = Callable[[np.ndarray], str]


def speaker(model: Captioner, search: Decoding) -> Say:
    """From the pixels of one photo to its caption."""

    def say(pixels: np.ndarray) -> str:
        found = model.engine.search(pixels[None], search, first=0)[0][0]
        return model.bundle.vocabulary.decode(found.words)

    return say


def taking_turns(engines: Sequence[Say], photos: Sequence[np.ndarray]) -> tuple[list[list[str]], list[list[float]]]:
    """What each engine says of each photo, and the seconds that it took."""
    for engine in engines:
        engine(photos[0])  # the first call sets things up
    said: list[list[str]] = [[] for _ in engines]
    seconds: list[list[float]] = [[] for _ in engines]
    for pixels in photos:
        for number, engine in enumerate(engines):
            begun = perf_counter()
            said[number].append(engine(pixels))
            seconds[number].append(perf_counter() - begun)
    return said, seconds


def compare(names: Sequence[str], models: Sequence[Captioner], photos: Sequence[Photo]) -> None:
    """Prints one line a search and engine."""
    pixels = [source_pixels(photo.path, models[0].bundle.image) for photo in photos]
    references = {photo.id: photo.captions for photo in photos}
    print(
        f"{'search':8} {'engine':18} {'same as torch':>13} {'ms a photo':>10} {'x torch':>7} {'BLEU-4':>7} {'CIDEr':>7}"
    )
    for search, decoding in SEARCHES.items():
        said, seconds = taking_turns([speaker(model, decoding) for model in models], pixels)
        for name, captions, times in zip(names, said, seconds, strict=True):
            same = sum(one == other for one, other in zip(captions, said[0], strict=True))
            scores = score_captions(dict(zip(references, captions, strict=True)), references).values
            speed = median(seconds[0]) / median(times)
            print(
                f"{search:8} {name:18} {same:5} of {len(photos):4} {1000 * median(times):10.1f} {speed:7.2f}"
                f" {100 * scores['bleu4']:7.1f} {100 * scores['cider_d']:7.1f}"
            )


def main() -> None:
    """Exports, runs, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("captions", type=Path, help="test captions, in any format")
    parser.add_argument("--photos", type=int, default=200, metavar="N", help="how many of them")
    parser.add_argument("--int8", type=Path, metavar="CAPTIONS", help="train captions, whose photos calibrate 8 bits")
    arguments = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    bundle = load_bundle(arguments.bundle)
    names, models = ["torch"], [Captioner(bundle)]
    with tempfile.TemporaryDirectory() as folder:
        wanted: dict[str, list[np.ndarray] | None] = {"onnxruntime": None}
        if arguments.int8:
            train = read_photos(arguments.int8)
            some = train[:: max(1, len(train) // CALIBRATING)][:CALIBRATING]
            wanted["onnxruntime, int8"] = [source_pixels(photo.path, bundle.image) for photo in some]
        for number, (name, calibration) in enumerate(wanted.items()):
            out = Path(folder) / str(number)
            begun = perf_counter()
            export(bundle, out, int8=calibration is not None, calibration=calibration)
            size = (out / "encoder.onnx").stat().st_size / 1e6
            print(f"{name}: exported in {perf_counter() - begun:.0f} s; the encoder takes {size:.1f} MB")
            names.append(name)
            models.append(Captioner(open_exported(out)))
        print(f"{threads} threads, batch 1")
        compare(names, models, read_photos(arguments.captions)[: arguments.photos])


if __name__ == "__main__":
    main()
