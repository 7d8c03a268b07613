"""Tell what a model is: its card, with data, scores, limits and terms, and what was measured of its doubt."""

import argparse
import re
from typing import TYPE_CHECKING

from captioner.cli.model import add_model
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.inference import Captioner

HEADER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)  # for the Hugging Face hub


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    add_model(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints it."""
    from captioner.files import read_text
    from captioner.inference import load, place
    from captioner.models.hub import CARD
    from captioner.models.inside import has, inside

    folder = place(arguments.model)
    model = load(folder)
    if has(folder, CARD):
        card = HEADER.sub("", read_text(inside(folder, CARD)))
        print("\n".join(shown(line) for line in card.strip().splitlines()) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{shown(folder)}: {size / 1e6:.1f} MB")
    for line in facts(model):
        print(line)
    return 0


def facts(model: "Captioner") -> list[str]:
    """What the model's files tell, a line each."""
    bundle = model.bundle
    lines = [f"trained for: {', '.join(bundle.heads)}", f"words that it can say or read: {bundle.vocabulary.known:,}"]
    if bundle.answers is not None:
        lines.append(f"answers that it can give: {len(bundle.answers):,}")
    if (image := bundle.transform) is not None:
        lines.append(f"photos are seen as {image.size} x {image.size} pixels")
    lines += [f"{name}: {shown(str(bundle.about[name]))}" for name in ("made", "licence") if bundle.about.get(name)]
    for head, doubt in bundle.doubts.items():
        low, high = doubt.shares[0], doubt.shares[-1]
        lines.append(f"{head}: {low:.0%} to {high:.0%} right, by how sure it is ({doubt.counted:,} of {doubt.source})")
    return lines
