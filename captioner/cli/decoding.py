"""The arguments of a search, for every verb that says captions: the fields of `Decoding` with its own defaults."""

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from captioner.decoding.settings import MEANING, Decoding, Method

if TYPE_CHECKING:
    from captioner.inference import Captioner

DEFAULTS = Decoding()
_KINDS = {"method": str, "language": str, "length_exponent": float, "temperature": float, "top_p": float}
"""Of the settings that are no whole numbers."""
_UNSET = {"seed": "random", "language": "the model's first"}
"""What it means when these are not given."""


def add_decoding(parser: argparse.ArgumentParser, defaults: Decoding = DEFAULTS) -> None:
    """Adds `--beam` and its like; `defaults` are those that the verb's help tells."""
    group = parser.add_argument_group("search")
    for field in fields(Decoding):
        choices = get_args(Method) if field.name == "method" else None
        kind = _KINDS.get(field.name, int)
        flag = f"--{field.name.replace('_', '-')}"
        shown = _UNSET.get(field.name, getattr(defaults, field.name))
        text = f"{MEANING[field.name]} ({shown})"
        metavar = None if choices else {int: "N", float: "X", str: "CODE"}[kind]
        group.add_argument(flag, type=kind, choices=choices, default=argparse.SUPPRESS, metavar=metavar, help=text)


def add_others(parser: argparse.ArgumentParser) -> None:
    """Adds `--with`."""
    text = "further bundles that say captions together with the first: their probabilities are averaged"
    parser.add_argument("--with", dest="others", type=Path, nargs="+", default=[], metavar="BUNDLE", help=text)


def models(arguments: argparse.Namespace) -> Path | list[Path] | None:
    """The model, or with `--with` all that say captions together; None for the one in the box.

    Raises:
        ValueError: others shall speak with the model in the box, which speaks alone.
    """
    if arguments.others and arguments.model is None:
        raise ValueError("--with needs bundles, and the model in the box is none: name the first by --model")
    return [arguments.model, *arguments.others] if arguments.others else arguments.model


def opened(arguments: argparse.Namespace) -> "Captioner":
    """The model that says captions, or all that say them together, where and how the command line says.

    Raises:
        FileNotFoundError, ValueError: as `load`, and as `models`.
    """
    from captioner.inference import load

    return load(
        models(arguments),
        arguments.device,
        compile=arguments.compile,
        max_pixels=arguments.max_pixels,
        engine=arguments.engine,
    )


def decoding(arguments: argparse.Namespace, defaults: Decoding = DEFAULTS) -> Decoding:
    """The settings that were given; those that were not are the defaults'.

    Raises:
        ValueError: they do not go together.
    """
    named = [field.name for field in fields(Decoding) if field.name in arguments]
    return replace(defaults, **{name: getattr(arguments, name) for name in named})
