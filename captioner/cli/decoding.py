"""The arguments of a search, for every verb that says captions: the fields of `Decoding` with its own defaults."""

import argparse
from dataclasses import fields
from typing import get_args

from captioner.decoding.settings import Decoding, Method

HELP = {
    "method": "how words are chosen",
    "beam": "captions followed at once",
    "n_best": "captions given for each photo",
    "max_words": "a caption is cut after so many words",
    "min_words": "a caption has at least so many words",
    "length_exponent": "score = log p / length ** this; larger ones favour longer captions",
    "no_repeat_ngram": "no caption says the same so many words in a row twice; 0 allows it",
    "temperature": "of samples: above 1 more varied, below 1 safer",
    "top_k": "samples come from the so many likeliest words; 0 takes all",
    "top_p": "samples come from the fewest words with this probability together",
    "seed": "of the samples",
}


def add_decoding(parser: argparse.ArgumentParser) -> None:
    """Adds `--beam` and its like."""
    group = parser.add_argument_group("search")
    for field in fields(Decoding):
        choices = get_args(Method) if field.name == "method" else None
        kind = {"method": str, "length_exponent": float, "temperature": float, "top_p": float}.get(field.name, int)
        flag = f"--{field.name.replace('_', '-')}"
        shown = "random" if field.default is None else field.default
        text = f"{HELP[field.name]} ({shown})"
        metavar = None if choices else {int: "N", float: "X"}[kind]
        group.add_argument(flag, type=kind, choices=choices, default=field.default, metavar=metavar, help=text)


def decoding(arguments: argparse.Namespace) -> Decoding:
    """The settings that were given.

    Raises:
        ValueError: they do not go together.
    """
    return Decoding(**{field.name: getattr(arguments, field.name) for field in fields(Decoding)})
