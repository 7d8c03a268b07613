"""Many to one: a sentence is read word by word, and judged once, at its end.

python scripts/examples/sentiment.py

Made-up reviews, in which "not" and "never" turn a word around, so no word alone tells; and "but" leaves only what
comes behind it to count. Sentences that are judged were not among those that were trained on.
"""

import argparse
import random
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.text.vocabulary import Vocabulary

THINGS = ("film", "book", "play", "song", "meal")
GOOD, BAD = ("good", "great", "lovely", "clever"), ("bad", "awful", "dull", "silly")
TURNS, OTHERS = ("not", "never"), ("very", "quite", "really", "so")


class Model(NamedTuple):
    """What is trained."""

    core: AttendingCore
    embedding: nn.Embedding
    judge: nn.Linear


def clause(chance: random.Random) -> tuple[str, int]:
    """A few words, and 1 if they praise."""
    praises, turned = chance.random() < 0.5, chance.random() < 0.5
    word = chance.choice(GOOD if praises else BAD)
    before = [*chance.choices(OTHERS, k=chance.randint(0, 2))]
    if turned:
        before.insert(0, chance.choice(TURNS))
    return f"the {chance.choice(THINGS)} was {' '.join([*before, word])}", int(praises != turned)


def reviews(count: int, *, seed: int) -> dict[str, int]:
    """Different sentences with their verdicts: one clause, or two with "but"."""
    chance, made = random.Random(seed), dict[str, int]()
    while len(made) < count:
        text, verdict = clause(chance)
        if chance.random() < 0.5:
            last, verdict = clause(chance)
            text = f"{text} but {last}"
        made[text] = verdict
    return made


def judge(model: Model, vocabulary: Vocabulary, texts: Sequence[str]) -> Float[Tensor, "r 2"]:
    """Logits of blame and praise, from each row's state after its own last word."""
    ids = [torch.tensor(vocabulary.encode(text)) for text in texts]
    plan = Plan(torch.tensor([len(row) for row in ids]), photos=1)
    words = nn.utils.rnn.pad_sequence(ids, batch_first=True)[plan.rows, plan.times]
    said = model.embedding(words)
    read = model.core(said, plan, model.core.layers.zeros(len(texts), said), None)
    return model.judge(read.state.hidden[-1])


def train(steps: int = 300, *, seed: int = 0) -> tuple[Model, Vocabulary]:
    """Learns from 2,000 sentences, 64 at a time."""
    torch.manual_seed(seed)
    known = reviews(2000, seed=seed)
    vocabulary = Vocabulary.build(known, min_count=1)
    core = AttendingCore(embedding=16, features=0, cell="lstm", state=32)
    model = Model(core, nn.Embedding(len(vocabulary), 16), nn.Linear(32, 2))
    adam = torch.optim.Adam([weight for part in model for weight in part.parameters()], lr=5e-3)
    chance = random.Random(seed)
    for _ in range(steps):
        texts = chance.sample(list(known), 64)
        verdicts = torch.tensor([known[text] for text in texts])
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(judge(model, vocabulary, texts), verdicts))
        adam.step()
    return model, vocabulary


@torch.no_grad()
def accuracy(model: Model, vocabulary: Vocabulary, *, seed: int = 0) -> float:
    """Share of right verdicts on sentences that are not among those trained on."""
    known = reviews(2000, seed=seed)
    unseen = {text: verdict for text, verdict in reviews(1500, seed=seed + 1).items() if text not in known}
    verdicts = torch.tensor(list(unseen.values()))
    return float((judge(model, vocabulary, list(unseen)).argmax(dim=1) == verdicts).float().mean())


def main() -> None:
    """Trains, scores, and judges two sentences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    model, vocabulary = train(parser.parse_args().steps)
    print(f"{accuracy(model, vocabulary):.1%} of unseen sentences are judged right")
    texts = ("the play was not really dull", "the film was great but the book was never clever")
    with torch.no_grad():
        p = judge(model, vocabulary, texts).softmax(dim=1)[:, 1]
    for text, praise in zip(texts, p.tolist(), strict=True):
        print(f"  {text}: praise {praise:.0%}")


if __name__ == "__main__":
    main()
