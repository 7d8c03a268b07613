"""The argument that all commands have which use a model, so that photos are the only words on the command line."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from captioner.models.encoding.names import EngineName
from captioner.ranges import COUNT, check_ranges

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


def add_device(parser: argparse.ArgumentParser) -> None:
    """Adds `--device`, `--engine` and `--threads`, for verbs whose models look at photos."""
    parser.add_argument("--device", default="cpu", help="where to compute, as torch names it (cpu)")
    text = "what looks at photos on the cpu: auto measures which is faster here; both see the same (auto)"
    parser.add_argument("--engine", choices=get_args(EngineName), default="auto", help=text)
    text = "of the processor (OMP_NUM_THREADS; else as many as are fastest here, which is measured)"
    parser.add_argument("--threads", type=int, metavar="N", help=text)


def use_threads(arguments: argparse.Namespace) -> None:
    """Fixes how many threads this process computes with, if that was given; before torch or onnxruntime is imported.

    Raises:
        ValueError: fewer than one.
    """
    if (count := getattr(arguments, "threads", None)) is None:
        return
    check_ranges({"threads": count}, {"threads": COUNT}, of="--")
    os.environ["OMP_NUM_THREADS"] = str(count)


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
