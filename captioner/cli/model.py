"""The argument that all commands have which use a model, so that photos are the only words on the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path

FOLLOWED = ("--model", "--with", "--out")  # a model's folder may stand behind these


def add_model(parser: argparse.ArgumentParser, *, box: bool = True, required: bool = False) -> None:
    """Adds `--model`.

    Args:
        box: whether it is the model in the box where none is named; else None is.
        required: whether one must be named.
    """
    text = "folder of a trained model, or hf://user/name" + " (the model in the box)" * box
    parser.add_argument("--model", type=Path, required=required, metavar="MODEL", help=text)
    parser.set_defaults(names_model=True)


def refuse_first(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """Tells whoever types the model as a word of its own where it belongs.

    Args:
        parser: of a verb, with all its arguments.
        words: as they were typed behind the verb.

    Raises:
        ValueError: one of them names a model, and stands behind no option that takes one.
    """
    if not parser.get_default("names_model"):
        return
    option = ""
    for word in words:
        if word.startswith("-") and word != "-":
            option = word
        elif option not in FOLLOWED and is_model(word):
            raise ValueError(f"{word} is a model, and a model is named by --model: {parser.prog} --model {word} …")


def is_model(word: str) -> bool:
    """Whether it is an address on the hub, or the folder of a bundle or of what was exported from one."""
    if word.startswith("hf:"):
        return True

    from captioner.models.exported import is_exported
    from captioner.models.inside import has

    try:
        return is_exported(Path(word)) or has(Path(word), "model.safetensors")
    except (OSError, ValueError):  # too long, or with a zero byte, as questions may be
        return False
