"""Let a language model write: it goes on from a prompt, and its text is printed as it is sampled."""

import argparse
import sys

from captioner.cli.model import add_model
from captioner.text.shown import shown

WRITTEN = "\n\t"  # control codes that texts have


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    add_model(parser, box=False, required=True)
    parser.add_argument(
        "--prompt", default="", metavar="TEXT", help="what it reads before it writes (the end of a line)"
    )
    parser.add_argument("--length", type=int, default=500, metavar="N", help="characters, or words, to write (500)")
    parser.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help="below 1 safer, above 1 bolder, 0 no chance (1)"
    )
    parser.add_argument("--top-k", type=int, default=0, metavar="K", help="draw from the K most probable only (all)")
    parser.add_argument("--seed", type=int, metavar="N", help="repeats a text; without it, each is another")
    parser.add_argument("--device", default="cpu", help="where to compute, as torch names it (cpu)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the prompt and what follows it, as it comes."""
    from captioner.inference import load

    model = load(arguments.model, arguments.device)
    written = model.write(
        arguments.prompt,
        length=arguments.length,
        temperature=arguments.temperature,
        top_k=arguments.top_k,
        seed=arguments.seed,
    )
    vocabulary = model.bundle.vocabulary
    tokens = vocabulary.cut(arguments.prompt)
    if unknown := ", ".join(repr(token) for token in dict.fromkeys(tokens) if token not in vocabulary):
        print(f"captioner write: the model does not know {shown(unknown)}; it read over it", file=sys.stderr)
    print(shown(arguments.prompt, keep=WRITTEN), end="", flush=True)
    for piece in written:
        print(shown(piece, keep=WRITTEN), end="", flush=True)
    print()
    return 0
