"""What memory is worth on a text: bits per character of four models, from no memory at all to a recurrent state.

python scripts/examples/baselines.py
python scripts/examples/baselines.py mine.txt

frequencies     how often each character stands in the text
Markov          the character before, first order: counts of pairs (Markov 1913 did this with Pushkin's letters)
window          the last 5 characters: what each says to the next adds up (a linear autoregressive model of text)
GRU             all characters before, by the package's core

The last tenth of the text is never trained on, and read in its order. Without a file, the text is some source code of
Python's library.
"""

import argparse
import ast
import math
import pathlib
import textwrap
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.heads.characters import CharacterHead

WINDOW, LENGTH, ROWS, STATE = 5, 64, 32, 160


class Text(NamedTuple):
    """Characters by number, the first v - 1 of them known from the part that is trained on; v - 1 is any other."""

    known: Int[Tensor, " t"]
    unseen: Int[Tensor, " s"]
    v: int


def cut(text: str) -> Text:
    """Nine tenths to learn from, one tenth to be read.

    Raises:
        ValueError: the text is too short.
    """
    edge = len(text) * 9 // 10
    if edge < 20 * LENGTH:
        raise ValueError(f"the text has {len(text)} characters; give {20 * LENGTH * 10 // 9} or more")
    numbers = {letter: number for number, letter in enumerate(sorted(set(text[:edge])))}
    ids = torch.tensor([numbers.get(letter, len(numbers)) for letter in text])
    return Text(ids[:edge], ids[edge:], len(numbers) + 1)


def library() -> str:
    """About 200,000 characters of Python's own sources."""
    return "".join(pathlib.Path(str(module.__file__)).read_text("utf-8") for module in (argparse, ast, textwrap))


def frequencies(text: Text) -> float:
    """Bits per character from counts, each one more than it was, so that nothing is impossible."""
    counts = torch.bincount(text.known, minlength=text.v) + 1
    return _bits((counts / counts.sum()).log()[text.unseen[1:]])


def markov(text: Text) -> float:
    """Bits per character from counts of pairs, each a tenth more than it was."""
    pairs = torch.bincount(text.known[:-1] * text.v + text.known[1:], minlength=text.v**2).view(text.v, text.v) + 0.1
    return _bits((pairs / pairs.sum(dim=1, keepdim=True)).log()[text.unseen[:-1], text.unseen[1:]])


def window(text: Text, steps: int = 300, *, seed: int = 0) -> float:
    """Bits per character of softmax(Σ W_k x_(t-k) + b)."""
    torch.manual_seed(seed)
    linear = nn.EmbeddingBag(WINDOW * text.v, text.v, mode="sum")
    nn.init.zeros_(linear.weight)
    places = torch.arange(WINDOW) * text.v
    rows = text.known.unfold(0, WINDOW + 1, 1)
    adam = torch.optim.Adam(linear.parameters(), lr=3e-2)
    for _ in range(steps):
        chosen = rows[torch.randint(len(rows), (1024,))]
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(linear(chosen[:, :-1] + places), chosen[:, -1]))
        adam.step()
    with torch.no_grad():
        asked = torch.cat([text.known[1 - WINDOW :], text.unseen]).unfold(0, WINDOW + 1, 1)
        logits = linear(asked[:, :-1] + places)
        return nn.functional.cross_entropy(logits, asked[:, -1]).item() / math.log(2)


def gru(text: Text, steps: int = 300, *, seed: int = 0) -> float:
    """Bits per character of the package's core, whose state runs through the unseen text."""
    torch.manual_seed(seed)
    core, embedding = AttendingCore(embedding=32, features=0, cell="gru", state=STATE), nn.Embedding(text.v, 32)
    parts = [core, embedding, head := CharacterHead(text.v, STATE)]
    adam = torch.optim.AdamW([weight for part in parts for weight in part.parameters()], lr=6e-3)
    falling = torch.optim.lr_scheduler.OneCycleLR(adam, 6e-3, total_steps=steps)

    def logits(letters: Int[Tensor, "t r"]) -> Float[Tensor, "w v"]:
        given = embedding(letters.flatten())
        plan = Plan(torch.full((letters.shape[1],), len(letters)), photos=1)
        return head(core(given, plan, core.layers.zeros(letters.shape[1], given), None).hidden)

    stretches = text.known.unfold(0, LENGTH + 1, 1)
    for _ in range(steps):
        chosen = stretches[torch.randint(len(stretches), (ROWS,))].t()
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(logits(chosen[:-1]), chosen[1:].flatten()))
        adam.step()
        falling.step()
    with torch.no_grad():
        return nn.functional.cross_entropy(logits(text.unseen[:-1, None]), text.unseen[1:]).item() / math.log(2)


def _bits(log_p: Float[Tensor, " s"]) -> float:
    return -log_p.mean().item() / math.log(2)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=pathlib.Path, nargs="?", help="a text to learn (some of Python's own sources)")
    parser.add_argument("--steps", type=int, default=300)
    arguments = parser.parse_args()
    try:
        text = cut(arguments.text.read_text("utf-8") if arguments.text else library())
    except (ValueError, OSError) as error:
        parser.exit(2, f"{error}\n")
    print(f"{len(text.known):,} characters to learn from, {len(text.unseen):,} to be read, {text.v} different ones")
    print(f"{'model':12} bits per character")
    for name, found in (
        ("frequencies", frequencies(text)),
        ("Markov", markov(text)),
        (f"window of {WINDOW}", window(text, arguments.steps)),
        ("GRU", gru(text, arguments.steps)),
    ):
        print(f"{name:12} {found:.2f}")


if __name__ == "__main__":
    main()
