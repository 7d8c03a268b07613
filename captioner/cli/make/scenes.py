"""Make a data set of pictures with coloured shapes: five captions each, boxes and questions, as COCO and VQA files."""

import argparse
from pathlib import Path

from captioner.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    for split, count in (("train", 4000), ("val", 500), ("test", 500)):
        parser.add_argument(f"--{split}", type=int, default=count, metavar="N", help=f"{split} scenes ({count})")
    parser.add_argument("--size", type=int, default=64, metavar="PIXELS", help="side of the pictures (64)")
    text = "frames of a scene; with more than 1, clips in which a thing moves (1)"
    parser.add_argument("--frames", type=int, default=1, metavar="N", help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed makes another world (0)")


def run(arguments: argparse.Namespace) -> int:
    """Makes the scenes and tells where they are."""
    from captioner.data.scenes.writing import make_scenes

    with progress("scenes") as advance:
        make_scenes(
            arguments.folder,
            train=arguments.train,
            val=arguments.val,
            test=arguments.test,
            size=arguments.size,
            seed=arguments.seed,
            frames=arguments.frames,
            progress=advance,
        )
    print(f"{arguments.folder}: {arguments.train} train, {arguments.val} val and {arguments.test} test scenes")
    return 0
