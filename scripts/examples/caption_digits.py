"""One to many: a picture of up to four digits is captioned in words, in reading order ("seven", "nought", "three").

python scripts/examples/caption_digits.py

Each of 2 x 2 places of the picture shows the noisy seven segments of a digit, or nothing. The core looks at the places
before every word; that it looks at the digit which it names is learned from the captions alone.
"""

import argparse
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.heads.captions import CaptionHead

DIGITS = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS = ("<end>", "<start>", *DIGITS)
# top, upper left, upper right, middle, lower left, lower right, bottom
LIT = ("1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011")
SEGMENTS = torch.tensor([[float(lit) for lit in row] for row in LIT] + [[0.0] * 7])  # the last shows nothing
PLACES, NOISE = 4, 0.2


class Model(NamedTuple):
    """What is trained."""

    core: AttendingCore
    embedding: nn.Embedding
    head: CaptionHead

    @classmethod
    def fresh(cls) -> "Model":
        """With the project's own initial weights."""
        core = AttendingCore(16, 14, grid=32, cell="gru", state=48, width=32, gate=False, positions=True)
        return cls(core, nn.Embedding(len(WORDS), 16), CaptionHead(len(WORDS), 16, 48, glimpse=32))


def pictures(count: int, chance: torch.Generator) -> tuple[Float[Tensor, "b 4 14"], Int[Tensor, "b t"]]:
    """Pictures, and the ids of their captions with the start before and the end, repeated, behind.

    A place says of each segment how lit it is, and how dark.
    """
    digits = torch.randint(10, (count, PLACES), generator=chance)
    shown = torch.rand(count, PLACES, generator=chance) < 0.7
    lit = SEGMENTS[torch.where(shown, digits, 10)]
    pixels = torch.cat([lit, 1 - lit], dim=2)
    pixels = pixels + NOISE * torch.randn(pixels.shape, generator=chance)
    order = (~shown).long().argsort(dim=1, stable=True)  # those that are there, in reading order
    said = torch.where(shown, digits + 2, 0).gather(1, order)
    return pixels, nn.functional.pad(nn.functional.pad(said, (1, 0), value=1), (0, 1), value=0)


def train(steps: int = 600, *, seed: int = 0) -> Model:
    """Teacher forcing: the words before are given, each next one is to be said."""
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    core, embedding, head = model = Model.fresh()
    adam = torch.optim.Adam([weight for part in model for weight in part.parameters()], lr=5e-3)
    for _ in range(steps):
        pixels, words = pictures(64, chance)
        plan = Plan((words[:, 1:] > 0).sum(dim=1) + 1, len(words))  # the first end is to be said, too
        memory = core.remember(pixels)
        given = embedding(words[plan.rows, plan.times])
        read = core(given, plan, core.begin(memory), memory)
        targets = words[plan.rows, plan.times + 1]
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(head(read.hidden, read.z, given), targets))
        adam.step()
    return model


@torch.no_grad()
def say(model: Model, pixels: Float[Tensor, "b 4 14"]) -> tuple[Int[Tensor, "b t"], Float[Tensor, "b t 4"]]:
    """The most probable words, one after another, and where the model looked for each."""
    core, embedding, head = model
    memory = core.remember(pixels)
    state, word = core.begin(memory), torch.ones(len(pixels), dtype=torch.long)
    words, looks = [], []
    for _ in range(PLACES + 1):
        given = embedding(word)
        step = core.step(core.say(given), state, memory)
        word, state = head(step.hidden, step.z, given).argmax(dim=1), step.state
        words.append(word)
        looks.append(step.p)
    return torch.stack(words, dim=1), torch.stack(looks, dim=1)


def accuracy(model: Model) -> float:
    """Share of 1,000 unseen pictures whose caption is right word for word."""
    pixels, wanted = pictures(1000, torch.Generator().manual_seed(1_000_000))
    said, _ = say(model, pixels)
    ended = (said == 0).cumsum(dim=1) > 0
    return float((said.masked_fill(ended, 0) == wanted[:, 1:]).all(dim=1).float().mean())


def main() -> None:
    """Trains, scores, and tells two captions with the place that was looked at most."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=600)
    model = train(parser.parse_args().steps)
    print(f"{accuracy(model):.1%} of 1,000 unseen pictures are captioned right")
    for words, looks in zip(*say(model, pictures(2, torch.Generator().manual_seed(7))[0]), strict=True):
        for word, p in zip(words.tolist(), looks, strict=True):
            place = ("top left", "top right", "bottom left", "bottom right")[int(p.argmax())]
            print(f"  {WORDS[word]:8} looks at the {place} ({float(p.max()):.0%})")
            if word == 0:
                break


if __name__ == "__main__":
    main()
