"""Train the little CNN to name the objects of pictures, so that a captioner can stand on it as `encoder.weights`."""

import argparse
from dataclasses import replace
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "instances", type=Path, help="COCO instances file; only the names of objects are read, no boxes"
    )
    parser.add_argument("--images", type=Path, help="folder of the pictures (`images` beside the file)")
    parser.add_argument("--out", type=Path, help="the weights (encoder.safetensors beside the file)")
    parser.add_argument("--size", type=int, default=64, metavar="PIXELS", help="side of what the CNN sees (64)")
    parser.add_argument("--epochs", type=int, default=6, metavar="N", help="passes over the pictures (6)")


def run(arguments: argparse.Namespace) -> int:
    """Trains, and says where the weights are."""
    from captioner.training.objects import learn_objects, recipe_image

    out = arguments.out or arguments.instances.parent / "encoder.safetensors"
    spec = replace(recipe_image("scenes"), size=arguments.size)
    right = learn_objects(arguments.instances, out, spec, images=arguments.images, epochs=arguments.epochs)
    print(f"{out}: tells all kinds of objects right in {right:.0%} of its last batch's pictures")
    return 0
