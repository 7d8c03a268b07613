"""Many to many with delay: "47+85=" is read character by character, then "132" is written.

python scripts/examples/add_numbers.py

One core reads and writes. While it reads, nobody asks what it would say; from the equals sign on, each character that
it writes is what it reads next. The sum is written units first, as one adds on paper, so that no carry must be
foreseen. A tenth of all pairs of numbers is never trained on.
"""

import argparse
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.heads.characters import CharacterHead

LETTERS = "0123456789+="
MOST = 100  # numbers below are added
ASKED, ANSWERED = len("47+85="), len("231")


class Model(NamedTuple):
    """What is trained."""

    core: AttendingCore
    embedding: nn.Embedding
    head: CharacterHead


def spell(pairs: Int[Tensor, "r 2"]) -> Int[Tensor, "r t"]:
    """The characters of question and answer."""
    texts = [f"{one:02}+{other:02}={f'{one + other:03}'[::-1]}" for one, other in pairs.tolist()]
    return torch.tensor([[LETTERS.index(letter) for letter in text] for text in texts])


def split(*, seed: int = 0) -> tuple[Int[Tensor, "r t"], Int[Tensor, "r t"]]:
    """All sums, spelt: nine tenths to learn from, one tenth to be asked."""
    every = torch.cartesian_prod(torch.arange(MOST), torch.arange(MOST))
    texts = spell(every[torch.randperm(len(every), generator=torch.Generator().manual_seed(seed))])
    return texts[len(texts) // 10 :], texts[: len(texts) // 10]


def train(steps: int = 1000, *, seed: int = 0) -> Model:
    """Given question and answer but for its last character; what is said before the equals sign costs nothing."""
    torch.manual_seed(seed)
    known, _ = split(seed=seed)
    core = AttendingCore(embedding=16, features=0, cell="gru", state=128)
    model = Model(core, nn.Embedding(len(LETTERS), 16), CharacterHead(len(LETTERS), 128))
    adam = torch.optim.Adam([weight for part in model for weight in part.parameters()], lr=4e-3)
    falling = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=steps)
    for _ in range(steps):
        texts = known[torch.randint(len(known), (128,))]
        given = model.embedding(texts[:, :-1].t().flatten())  # packed time after time
        plan = Plan(torch.full((len(texts),), ASKED + ANSWERED - 1), photos=1)
        read = core(given, plan, core.layers.zeros(len(texts), given), None)
        logits = model.head(read.hidden).unflatten(0, (-1, len(texts)))[ASKED - 1 :]
        targets = texts[:, ASKED:].t()
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))
        adam.step()
        falling.step()
    return model


@torch.no_grad()
def answer(model: Model, asked: Int[Tensor, "r t"]) -> Int[Tensor, "r s"]:
    """Reads the questions, then writes on from its own characters."""
    state = model.core.layers.zeros(len(asked), model.embedding.weight)
    said: list[Tensor] = []
    for time in range(ASKED + ANSWERED - 1):
        letter = asked[:, time] if time < ASKED else said[-1]
        step = model.core.step(model.core.say(model.embedding(letter)), state, None)
        state = step.state
        if time >= ASKED - 1:
            said.append(model.head(step.hidden).argmax(dim=1))
    return torch.stack(said, dim=1)


def accuracy(model: Model, *, seed: int = 0) -> float:
    """Share of unseen sums with every digit right."""
    _, unseen = split(seed=seed)
    return float((answer(model, unseen[:, :ASKED]) == unseen[:, ASKED:]).all(dim=1).float().mean())


def main() -> None:
    """Trains, scores, and adds two pairs of numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    model = train(parser.parse_args().steps)
    print(f"{accuracy(model):.1%} of 1,000 sums that were not trained on are right")
    _, unseen = split()
    for row in torch.cat([unseen[:3, :ASKED], answer(model, unseen[:3, :ASKED])], dim=1).tolist():
        text = "".join(LETTERS[letter] for letter in row)
        print(f"  {text[:ASKED]}{text[ASKED:][::-1].lstrip('0') or '0'}")


if __name__ == "__main__":
    main()
