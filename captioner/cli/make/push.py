"""Put a bundle with its model card on the Hugging Face hub, where `hf://user/name` opens it; `hf auth login` first."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("bundle", type=Path, help="folder of a trained model")
    parser.add_argument("name", metavar="USER/NAME", help="of the model on the hub; made if it is not there")
    parser.add_argument("--private", action="store_true", help="if it is made, let only its owner see it")


def run(arguments: argparse.Namespace) -> int:
    """Looks whether the bundle is whole, and uploads it."""
    from captioner.models.bundle import load_bundle
    from captioner.models.hub import push

    load_bundle(arguments.bundle)
    address = push(arguments.bundle, arguments.name, private=arguments.private)
    print(f"{address}\nhf://{arguments.name.removeprefix('hf://')}")
    return 0
