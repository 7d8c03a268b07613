"""Many to many at each step: every character of a line is labelled with the number of brackets that are open there.

python scripts/examples/label_characters.py

The label of a character hangs on all that came before it, so the state has to count. It is trained on lines of 30
characters, and scored on lines of 60 as well.
"""

import argparse
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.heads.characters import CharacterHead

LETTERS = "()ab "
DEEPEST = 4
LENGTH = 30


class Model(NamedTuple):
    """What is trained; the head's tokens are labels."""

    core: AttendingCore
    embedding: nn.Embedding
    head: CharacterHead


def lines(count: int, length: int, chance: torch.Generator) -> tuple[Int[Tensor, "t r"], Int[Tensor, "t r"]]:
    """Random lines and the labels of their characters; a bracket that would go too deep or close nothing is a blank."""
    letters = torch.randint(len(LETTERS), (length, count), generator=chance)
    depth, labels = torch.zeros(count, dtype=torch.long), []
    for row in letters:
        row[(row == 0) & (depth == DEEPEST) | (row == 1) & (depth == 0)] = LETTERS.index(" ")
        depth = depth + (row == 0).long() - (row == 1).long()
        labels.append(depth)
    return letters, torch.stack(labels)


def label(model: Model, letters: Int[Tensor, "t r"]) -> Float[Tensor, "w c"]:
    """Logits of the label of each character, time after time."""
    given = model.embedding(letters.flatten())
    plan = Plan(torch.full((letters.shape[1],), len(letters)), photos=1)
    read = model.core(given, plan, model.core.layers.zeros(letters.shape[1], given), None)
    return model.head(read.hidden)


def train(steps: int = 400, *, seed: int = 0) -> Model:
    """Every character counts."""
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    core = AttendingCore(embedding=8, features=0, cell="lstm", state=32)
    model = Model(core, nn.Embedding(len(LETTERS), 8), CharacterHead(DEEPEST + 1, 32))
    adam = torch.optim.Adam([weight for part in model for weight in part.parameters()], lr=1e-2)
    for _ in range(steps):
        letters, labels = lines(32, LENGTH, chance)
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(label(model, letters), labels.flatten()))
        adam.step()
    return model


@torch.no_grad()
def accuracy(model: Model, *, length: int = LENGTH) -> float:
    """Share of characters of 300 unseen lines with the right label."""
    letters, labels = lines(300, length, torch.Generator().manual_seed(1_000_000))
    return float((label(model, letters).argmax(dim=1) == labels.flatten()).float().mean())


def main() -> None:
    """Trains, scores, and labels a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=400)
    model = train(parser.parse_args().steps)
    for length in (LENGTH, 2 * LENGTH):
        print(f"{accuracy(model, length=length):.1%} of the characters of unseen lines of {length} are labelled right")
    letters, _ = lines(1, 60, torch.Generator().manual_seed(7))
    with torch.no_grad():
        labels = label(model, letters).argmax(dim=1)
    print("  " + "".join(LETTERS[letter] for letter in letters.flatten().tolist()))
    print("  " + "".join(map(str, labels.tolist())))


if __name__ == "__main__":
    main()
