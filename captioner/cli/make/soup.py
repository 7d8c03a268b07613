"""Average the weights of bundles that were trained from one start, into one bundle that is as fast as each of them."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "bundles", type=Path, nargs="+", metavar="BUNDLE", help="folders of trained models, two or more"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; must not exist yet")


def run(arguments: argparse.Namespace) -> int:
    """Writes the bundle."""
    if arguments.out.exists():
        raise ValueError(f"{arguments.out} exists already; name another folder with --out")

    from captioner.models.bundle import save_bundle
    from captioner.models.soup import soup

    save_bundle(arguments.out, soup(arguments.bundles))
    print(f"{arguments.out}; next, and for each of its bundles: captioner evaluate --model {arguments.out} CAPTIONS")
    return 0
