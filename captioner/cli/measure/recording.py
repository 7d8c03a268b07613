"""What `evaluate --record` does: keeps the figures with the command, commit, seed, machine and time that gave them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

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


def check(path: Path | None) -> None:
    """Finds out before the work whether the record can be written.

    Raises:
        ValueError: it is no .json file.
        OSError: nothing can be written there.
    """
    if path is None:
        return
    if path.suffix != ".json":
        raise ValueError(f"--record {path} must end in .json")
    check_writable(path)


def write(result: "Result", arguments: argparse.Namespace, seconds: float) -> None:
    """Writes the record, if one is asked for."""
    if arguments.record is None:
        return
    from captioner.evaluation.machine import machine
    from captioner.evaluation.record import Record, figures, shown_command

    record = Record(
        figures(result),
        command=shown_command("captioner", arguments.given, without=("--record", "--out")),
        source="captioner evaluate",
        seed=result.about.get("seed"),
        seconds=seconds,
        machine=machine(accelerator=_accelerator(arguments.device)),
    )
    record.write(arguments.record)
    print(arguments.record)


def _accelerator(device: str) -> str | None:
    if not device.startswith("cuda"):
        return None if device == "cpu" else device
    import torch

    return torch.cuda.get_device_name(device)
