"""The part of `captioner cells` that writes with units pinned."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle
    from captioner.recurrence.activations import Unit
    from captioner.recurrence.pinning import Pins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--pin` and what belongs to it."""
    parser.add_argument(
        "--pin",
        action="append",
        default=[],
        metavar="UNIT=VALUE",
        help="write with this unit pinned; 0 switches it off",
    )
    parser.add_argument("--photo", type=Path, metavar="FILE", help="what a captioner captions, with --pin")
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what a language model goes on from, with --pin")
    parser.add_argument("--length", type=int, default=300, metavar="N", help="tokens that it then writes (300)")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="of what it writes; 0 greedy (1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what it writes (0)")


def run(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    """Writes as the model is, and with its units pinned."""
    pins = {}
    for text in arguments.pin:
        name, value = pair(text, "--pin", "UNIT=VALUE")
        try:
            pins[unit(bundle, name)] = float(value)
        except ValueError as error:
            raise ValueError(f"--pin {text}: {error}") from None
    say = _caption if arguments.photo is not None else _write
    for title, held in {"as it is": {}, f"with {', '.join(arguments.pin)}": pins}.items():
        print(f"── {title}\n{say(bundle, arguments, held)}")
    return 0


def _write(bundle: "Bundle", arguments: argparse.Namespace, pins: "Pins") -> str:
    from captioner.decoding.settings import Decoding
    from captioner.recurrence.pinning import write

    length, temperature, seed = arguments.length, arguments.temperature, arguments.seed
    settings = Decoding("sample", max_words=length, min_words=length, temperature=temperature, seed=seed)
    return arguments.prompt + write(bundle, arguments.prompt, settings, pins)


def _caption(bundle: "Bundle", arguments: argparse.Namespace, pins: "Pins") -> str:
    from captioner.images import pixels
    from captioner.inference.captions import DEFAULT
    from captioner.photos import read_photo
    from captioner.recurrence.pinning import caption

    seen = pixels(
        read_photo(arguments.photo, at_least=bundle.image.size, max_pixels=arguments.max_pixels), bundle.image
    )
    return caption(bundle, seen, DEFAULT, pins)


def unit(bundle: "Bundle", text: str) -> "Unit":
    """The unit LAYER:NUMBER of this model."""
    from captioner.recurrence.activations import Unit

    return Unit.parse(text, layers=bundle.settings.core.layers, size=bundle.settings.core.state)


def pair(text: str, flag: str, form: str) -> tuple[str, str]:
    """Both sides of the first `=`.

    Raises:
        ValueError: one is missing.
    """
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError(f"{flag} {text!r} is not of the form {form}")
    return name, value
