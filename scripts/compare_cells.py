"""Compares rnn, lstm and gru on the same work: captions of made-up scenes, and the characters of a text.

    python scripts/prepare_stdlib.py stdlib.txt
    python scripts/compare_cells.py comparison --text stdlib.txt

Trains the recipes `scenes` (captions and questions on one core, one pretrained encoder) and `characters` once with each
cell, everything else being the same, one after another so that the times can be compared, and prints one table. A run
that is there already is not repeated.
"""

import argparse
import csv
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from captioner.data.scenes.writing import make_scenes
from captioner.files import read_json, read_text, write_json
from captioner.models.bundle import load_bundle
from captioner.nn.core.cells import CellName
from captioner.recipes import recipe

CAPTIONER = (sys.executable, "-m", "captioner.cli.main")


class Work(NamedTuple):
    """What every cell does."""

    name: str
    score: str
    """The column of metrics.csv."""
    better: str
    """`max` or `min`."""
    cell: str
    """The setting that names the cell."""
    arguments: Sequence[str]


class Row(NamedTuple):
    """What became of it."""

    cell: str
    parameters: int
    """Of everything behind the encoder."""
    seconds: float
    """Of an epoch with its validation, on the machine as it was."""
    score: float


def train(work: Work, cell: str, run: Path) -> Row:
    """Trains one cell, timing its epochs by what the training says after each."""
    command = [*CAPTIONER, "fit", "--config", str(recipe(work.name)), "--run", run.name]
    command += [f"--{work.cell}={cell}", "--trainer.enable_progress_bar=false", *work.arguments]
    times, said = [], ""
    with subprocess.Popen(command, cwd=run.parent, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said += line
            if re.match(r"epoch \d+: ", line):
                times.append(time.monotonic())
    if process.returncode or len(times) < 2:
        raise ValueError(f"{' '.join(command)} ended with {process.returncode} after {len(times)} epochs:\n{said}")
    scores = [
        float(row[work.score]) for row in csv.DictReader(read_text(run / "metrics.csv").splitlines()) if row[work.score]
    ]
    network = load_bundle(run / "bundle").network
    encoder = sum(weight.numel() for name, weight in network.named_parameters() if name.startswith("encoder."))
    return Row(
        cell,
        sum(weight.numel() for weight in network.parameters()) - encoder,
        (times[-1] - times[0]) / (len(times) - 1),
        max(scores) if work.better == "max" else min(scores),
    )


def compare(work: Work, folder: Path) -> list[Row]:
    """All cells, one after another; the recipes' paths begin in the folder."""
    rows = []
    for cell in get_args(CellName):
        run = folder / f"{work.name}_{cell}"
        if not (run / "row.json").is_file():
            write_json(run / "row.json", train(work, cell, run))
        rows.append(Row(*read_json(run / "row.json")))
    return rows


def table(captions: Sequence[Row], characters: Sequence[Row]) -> str:
    """Both comparisons in Markdown."""
    lines = [
        "| cell | scenes: parameters | s / epoch | BLEU-4 | characters: parameters | s / epoch | bits / character |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one, other in zip(captions, characters, strict=True):
        lines.append(
            f"| {one.cell} | {one.parameters:,} | {one.seconds:.1f} | {100 * one.score:.1f} "
            f"| {other.parameters:,} | {other.seconds:.1f} | {other.score:.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Makes scenes, trains six networks, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where scenes and runs lie")
    parser.add_argument("--text", type=Path, required=True, metavar="FILE", help="the text whose characters are read")
    parser.add_argument("--scenes", type=int, default=4000, metavar="N", help="train scenes (4000)")
    parser.add_argument("--epochs", type=int, default=9, metavar="N", help="of captions (9)")
    parser.add_argument("--text-epochs", type=int, default=2, metavar="N", help="of characters (2)")
    arguments = parser.parse_args()
    make_scenes(arguments.folder / "scenes", train=arguments.scenes, val=max(1, arguments.scenes // 8), test=1)
    if not (arguments.folder / "scenes" / "encoder.safetensors").is_file():
        subprocess.run([*CAPTIONER, "pretrain", "scenes/instances_train.json"], cwd=arguments.folder, check=True)
    captions = Work(
        "scenes",
        "val/bleu4_greedy",
        "max",
        "model.network.core.cell",
        [f"--trainer.max_epochs={arguments.epochs}", "--trainer.check_val_every_n_epoch=1"],
    )
    characters = Work(
        "characters",
        "val/bits_per_character",
        "min",
        "model.core.cell",
        [
            f"--data.text={arguments.text.resolve()}",
            f"--trainer.max_epochs={arguments.text_epochs}",
            "--trainer.val_check_interval=1.0",
        ],
    )
    print(table(compare(captions, arguments.folder), compare(characters, arguments.folder)))


if __name__ == "__main__":
    main()
