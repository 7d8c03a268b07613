"""What `evaluate --record` does: keeps the figures with the command, commit, seed, machine and time that gave them."""

import argparse
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from captioner.disk.writing import check_writable

if TYPE_CHECKING:
    from captioner.evaluation.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--record`."""
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="keep scores, command, commit, seed, machine and time in this .json, from which tables are rendered",
    )


class Begun(NamedTuple):
    """What a record depends on and a long command outlives: others may commit, or work on the machine, meanwhile."""

    seconds: float
    """By the clock of `perf_counter`."""
    machine: dict[str, Any]
    made_with: dict[str, Any]


def begin(arguments: argparse.Namespace) -> Begun | None:
    """Finds out before the work whether a record can be written, if one is asked for, and notes what it depends on.

    Raises:
        ValueError: it is no .json file.
        OSError: nothing can be written there.
    """
    path = arguments.record
    if path is None:
        return None
    if path.suffix != ".json":
        raise ValueError(f"--record {path} must end in .json")
    check_writable(path)

    from captioner.machine import machine
    from captioner.models.provenance import provenance

    return Begun(perf_counter(), machine(accelerator=_accelerator(arguments.device)), provenance())


def write(result: "Result", arguments: argparse.Namespace, begun: Begun | None) -> None:
    """Writes the record, if one is asked for."""
    if begun is None:
        return
    from captioner.evaluation.record import Record, figures, shown_command

    record = Record(
        figures(result),
        command=shown_command("captioner", arguments.given, without=("--record", "--out")),
        source="captioner evaluate",
        seed=result.about.get("seed"),
        seconds=perf_counter() - begun.seconds,
        machine=begun.machine,
        made_with=begun.made_with,
    )
    record.write(arguments.record)
    print(arguments.record)


def _accelerator(device: str) -> str | None:
    if not device.startswith("cuda"):
        return None if device == "cpu" else device
    import torch

    return torch.cuda.get_device_name(device)
