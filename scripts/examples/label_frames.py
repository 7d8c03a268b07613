"""Many to many at each step: every frame of a clip is labelled with where the square in it is moving.

python scripts/examples/label_frames.py

No frame shows a movement; only the frame before it tells. The same network, if it sees each frame as a clip of its own,
has to guess: that is what memory is worth here.
"""

import argparse
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.heads.characters import CharacterHead

LABELS = ("still", "right", "left", "down", "up")
STEPS = torch.tensor([[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0]])
SIDE, SQUARE, FRAMES = 8, 2, 12
NOISE, TURNS = 0.2, 0.25


class Model(NamedTuple):
    """What is trained; the head's tokens are labels."""

    core: AttendingCore
    eye: nn.Module
    head: CharacterHead


def clips(count: int, chance: torch.Generator) -> tuple[Float[Tensor, "t r p"], Int[Tensor, "t r"]]:
    """The p pixels of frames, and how the square came to where it is; now and then it turns, or meets a wall."""
    room = SIDE - SQUARE + 1
    place = torch.randint(room, (count, 2), generator=chance)
    way, frames, labels = torch.zeros(count, dtype=torch.long), list[Tensor](), list[Tensor]()
    for _ in range(FRAMES):
        pixels = NOISE * torch.randn(count, SIDE, SIDE, generator=chance)
        for down in range(SQUARE):
            for right in range(SQUARE):
                pixels[torch.arange(count), place[:, 0] + down, place[:, 1] + right] += 1
        frames.append(pixels.flatten(1))
        labels.append(way)
        turned = torch.rand(count, generator=chance) < TURNS
        way = torch.where(turned | (way == 0), torch.randint(len(LABELS), (count,), generator=chance), way)
        there = place + STEPS[way]
        way = torch.where(((there < 0) | (there >= room)).any(dim=1), 0, way)
        place = place + STEPS[way]
    return torch.stack(frames), torch.stack(labels)


def label(model: Model, frames: Float[Tensor, "t r p"]) -> Float[Tensor, "w c"]:
    """Logits of the label of each frame, time after time."""
    given = model.eye(frames.flatten(0, 1))
    plan = Plan(torch.full((frames.shape[1],), len(frames)), photos=1)
    read = model.core(given, plan, model.core.layers.zeros(frames.shape[1], given), None)
    return model.head(read.hidden)


def train(steps: int = 400, *, seed: int = 0) -> Model:
    """Every frame counts."""
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    core = AttendingCore(embedding=64, features=0, cell="gru", state=96)
    eye = nn.Sequential(nn.Linear(SIDE * SIDE, 64), nn.Tanh())
    model = Model(core, eye, CharacterHead(len(LABELS), 96))
    adam = torch.optim.Adam([weight for part in model for weight in part.parameters()], lr=4e-3)
    falling = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=steps)
    for _ in range(steps):
        frames, labels = clips(64, chance)
        adam.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(label(model, frames), labels.flatten()))
        adam.step()
        falling.step()
    return model


@torch.no_grad()
def accuracy(model: Model, *, alone: bool = False) -> float:
    """Share of frames of 300 unseen clips with the right label, but for each clip's first.

    Args:
        model: trained.
        alone: whether each frame is shown as a clip of its own.
    """
    frames, labels = clips(300, torch.Generator().manual_seed(1_000_000))
    said = label(model, frames.flatten(0, 1)[None] if alone else frames).argmax(dim=1).view(labels.shape)
    return float((said == labels)[1:].float().mean())


def main() -> None:
    """Trains, scores, and labels a clip."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=400)
    model = train(parser.parse_args().steps)
    print(f"{accuracy(model):.1%} of the frames of unseen clips are labelled right")
    print(f"{accuracy(model, alone=True):.1%} where each frame is seen alone")
    frames, labels = clips(1, torch.Generator().manual_seed(7))
    with torch.no_grad():
        said = label(model, frames).argmax(dim=1)
    print("  was:  " + " ".join(LABELS[each] for each in labels[:, 0].tolist()))
    print("  said: " + " ".join(LABELS[each] for each in said.tolist()))


if __name__ == "__main__":
    main()
