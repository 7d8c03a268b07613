"""Times a language model's training step against the same network in bare torch, alternating in one run.

    python scripts/benchmark_characters.py stdlib.txt

Both read the same windows of one text: embedding, three recurrent layers of 512, vocabulary product, cross-entropy,
gradient, AdamW. The numbers are the medians of the times of single windows, and of the ratio of neighbouring ones.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, get_args

import torch
from torch import nn

from captioner.data.feed.texts import Window, Windows, open_text
from captioner.nn.core.cells import CellName, State
from captioner.nn.heads.losses import word_loss
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings

EMBEDDING, STATE, LAYERS = 64, 512, 3
STACKS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
Step = Callable[[Window], float]


def ours(cell: CellName, vocabulary: int) -> Step:
    """One training step of the package's network."""
    core = CoreSettings(cell=cell, embedding=EMBEDDING, state=STATE, layers=LAYERS)
    network = Network(
        NetworkSettings(EncoderSettings("none"), core, dropout=0.0), vocabulary=vocabulary, captions=False
    )
    adam = torch.optim.AdamW(network.parameters(), fused=True)
    state: State | None = None

    def step(window: Window) -> float:
        nonlocal state
        read = network.read(window.words, state)
        state = read.state.detach()
        loss = word_loss(read.logits.transpose(0, 1).flatten(0, 1), window.following.t().flatten())
        adam.zero_grad()
        torch.autograd.backward(loss)
        adam.step()
        return loss.item()

    return step


class Bare(NamedTuple):
    """The parts that anybody would take."""

    words: nn.Embedding
    stack: nn.RNNBase
    tokens: nn.Linear


def bare(cell: CellName, vocabulary: int) -> Step:
    """One training step of torch's own modules."""
    parts = Bare(
        nn.Embedding(vocabulary, EMBEDDING), STACKS[cell](EMBEDDING, STATE, LAYERS), nn.Linear(STATE, vocabulary)
    )
    adam = torch.optim.AdamW([weight for part in parts for weight in part.parameters()], fused=True)
    state = None

    def step(window: Window) -> float:
        nonlocal state
        hidden, after = parts.stack(parts.words(window.words.t()), state)
        state = tuple(part.detach() for part in after) if isinstance(after, tuple) else after.detach()
        loss = nn.functional.cross_entropy(parts.tokens(hidden).flatten(0, 1), window.following.t().flatten())
        adam.zero_grad()
        torch.autograd.backward(loss)
        adam.step()
        return loss.item()

    return step


def seconds(step: Step, window: Window) -> float:
    """How long one step takes."""
    begun = time.perf_counter()
    step(window)
    return time.perf_counter() - begun


def main() -> None:
    """Prints a line a cell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, help="any text file, UTF-8")
    parser.add_argument("--cells", nargs="+", choices=get_args(CellName), default=["lstm", "gru"])
    parser.add_argument("--windows", type=int, default=20, metavar="N", help="windows timed of each (20)")
    parser.add_argument("--streams", type=int, default=32, metavar="N", help="texts side by side (32)")
    parser.add_argument("--length", type=int, default=64, metavar="N", help="characters of a window (64)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_text(Path(folder), arguments.text)
        windows = Windows(store.ids("train"), streams=arguments.streams, length=arguments.length, start=1)
        print(
            f"{torch.get_num_threads()} threads, {arguments.streams} streams, windows of {arguments.length} characters"
        )
        for cell in arguments.cells:
            torch.manual_seed(0)
            one, other = ours(cell, len(store.vocabulary)), bare(cell, len(store.vocabulary))
            pairs = []
            for number in range(arguments.windows + 2):
                window = windows[number % len(windows)]
                first, second = (one, other) if number % 2 else (other, one)
                times = seconds(first, window), seconds(second, window)
                pairs.append(times if number % 2 else times[::-1])
            own, torchs = zip(*pairs[2:], strict=True)  # the first two warm up
            ratio = statistics.median(second / first for first, second in pairs[2:])
            speeds = [arguments.streams * arguments.length / statistics.median(times) for times in (own, torchs)]
            print(f"{cell}: {speeds[0]:,.0f} characters/s, torch {speeds[1]:,.0f}: {ratio:.3f} of its speed")


if __name__ == "__main__":
    main()
