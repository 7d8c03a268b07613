"""Beam search of an exported model: photos a second by onnxruntime, the encoder's features given."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import copy
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from benchmarks.made_up import CHANNELS, maps_of, network_of, vocabulary_of
from benchmarks.measure import Row, Setup, in_fresh_process, seconds
from benchmarks.naive import Decoder
from benchmarks.searching import BATCHES, BEAM, SIZE, decided, naively, named, said
from captioner.decoding.search import search
from captioner.decoding.steps import Hypothesis
from captioner.inference.engines.listener import Listener
from captioner.inference.engines.session import Graph
from captioner.models.export.graphs import Tensors, write_graph, write_step
from captioner.models.export.int8 import quantize_products
from captioner.nn.network import Network
from captioner.text.vocabulary import Vocabulary

STEP, FEW_BITS = "step.onnx", "step_in_8_bits.onnx"
STEPS = {"exported": (STEP, 1e-3), "exported, 8 bits": (FEW_BITS, 1.0)}
"""The graph of a word, and how far the score of a caption may lie from torch's: in 8 bits it is another caption's."""


class Remembering(nn.Module):
    """What the exported encoder's graph does behind the frozen encoder."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From the encoder's maps: grid, keys, and the state before the first word."""
        memory = self.network.remember(given["pixels"])
        return {"grid": memory.grid, "keys": memory.keys, **self.network.core.begin(memory)._asdict()}


def rows(setup: Setup) -> Iterator[Row]:
    """Two rows a number of photos; ours in a process of its own, where torch does nothing, as exported models run."""
    network, vocabulary = decided(network_of(SIZE)).eval(), vocabulary_of(SIZE)
    decoder = Decoder(CHANNELS, SIZE.vocabulary, network.settings.core.state, 0.0).same_as(network).eval()
    maps = maps_of(SIZE, 10)
    with TemporaryDirectory() as folder:
        write_graphs(network, Path(folder))
        torchs = [best.score for best, *_ in said(network, maps, vocabulary)]
        for photos in BATCHES:
            few = maps[: min(photos, 3 if setup.quick else 10)]
            naive: dict[str, Callable[[], object]] = {"naive": partial(naively, decoder, few, vocabulary)}
            plain = {side: median(each) for side, each in seconds(naive, setup.device, repeats=setup.repeats).items()}
            for how, (step, apart) in STEPS.items():
                times, scores = in_fresh_process(timed, Path(folder), step, photos, setup.repeats).result
                times |= plain
                differ = np.abs(np.subtract(scores[:10], torchs[:photos])).max()
                assert differ < apart, f"searches differ: {scores[:10]}, {torchs}"
                about = {
                    "seconds": times,
                    "photos": {"ours": photos, "naive": len(few)},
                    "scores_differ": float(differ),
                }
                name = f"{named(SIZE, photos)}, {how}"
                yield Row(name, "photos/s", photos / times["ours"], len(few) / times["naive"], None, "more", about)


@torch.no_grad()
def write_graphs(network: Network, folder: Path) -> None:
    """Both graphs of a search, behind the frozen encoder."""
    maps = {"pixels": maps_of(SIZE, 2)}
    remembering = Remembering(network)
    write_graph(remembering, maps, folder / "encoder.onnx")
    write_step(network, remembering(maps), folder / STEP)
    copy(folder / STEP, folder / FEW_BITS)
    quantize_products(folder / FEW_BITS)


def timed(folder: Path, name: str, photos: int, repeats: int) -> tuple[dict[str, float], list[float]]:
    """The median seconds of a search of so many photos, and the scores of the best captions."""
    encoder, step = Graph(folder / "encoder.onnx"), Graph(folder / name)
    maps, vocabulary = maps_of(SIZE, photos).numpy(), vocabulary_of(SIZE)
    work = partial(found, encoder, step, vocabulary, maps)
    times = seconds({"ours": work}, torch.device("cpu"), repeats=repeats)
    return {"ours": median(times["ours"])}, [best.score for best, *_ in work()]


def found(encoder: Graph, step: Graph, vocabulary: Vocabulary, maps: np.ndarray) -> list[list[Hypothesis]]:
    """The captions of all photos at once."""
    listener, never = Listener(step, encoder({"pixels": maps})), vocabulary.never_said
    return search(listener, BEAM, start=vocabulary.start, end=vocabulary.end, never=never)
