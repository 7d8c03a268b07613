"""Caption photos in bulk, on this machine or on a Ray cluster: rows of Parquet. A run that was stopped goes on."""

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from captioner.cli.decoding import add_decoding, decoding
from captioner.cli.model import add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.cluster.job import Job
    from captioner.cluster.run import Done

COUNTED = {"captions": "captioned", "answers": "asked about", "features": "encoded"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    text = "a folder of photos, Parquet, WebDataset tars or litdata chunks: a path, or an address such as s3://…"
    parser.add_argument("source", metavar="SOURCE", help=text)
    text = "folder for the Parquet files, or an address; what a run needs to go on stands beside it, in OUT.run"
    parser.add_argument("--out", required=True, metavar="OUT", help=text)
    add_model(parser)
    kinds = parser.add_mutually_exclusive_group()
    text = "answer these about every photo, or without any those in the column `questions` of a Parquet source"
    kinds.add_argument("--questions", nargs="*", metavar="Q", help=text)
    kinds.add_argument("--features", action="store_true", help="write what the encoder sees, in half precision")
    text = "of a Ray cluster, auto finds the one of this machine ($RAY_ADDRESS; else this machine is one of its own)"
    parser.add_argument("--address", default=os.environ.get("RAY_ADDRESS", "local"), metavar="HOST:PORT", help=text)
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    text = "rows of a file, at least; what was not yet written is done again (1000, fewer for few photos)"
    parser.add_argument("--rows", type=int, metavar="N", help=text)
    add_max_pixels(parser)
    add_decoding(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the rows; 1 if a photo could not be read."""
    from captioner.cluster.run import check_installed
    from captioner.cluster.run import run as run_job

    check_installed()
    if arguments.rows is not None and arguments.rows < 1:
        raise ValueError(f"--rows is {arguments.rows}; a file has at least 1 row")

    from captioner.cluster.ledger import Ledger
    from captioner.cluster.places import Place
    from captioner.cluster.sources.opening import opened

    job, out = job_of(arguments), Place.of(arguments.out)
    job.open()
    source = opened(arguments.source)
    ledger, began = Ledger(out), time.monotonic()
    named = arguments.source if "://" in arguments.source else os.path.abspath(arguments.source)  # noqa: PTH100
    with ledger.alone(job.identity(named)), progress("photos", speed="photos") as advance:
        tell = lambda done, total: advance(done, total)  # noqa: E731
        done = run_job(source, job, ledger, address=arguments.address, rows=arguments.rows, tell=tell)
    print(summary(done, job, time.monotonic() - began), file=sys.stderr)
    return 1 if done.broken else 0


def job_of(arguments: argparse.Namespace) -> "Job":
    """What was asked for."""
    from captioner.cluster.job import Job

    asked = arguments.questions is not None
    return Job(
        "answers" if asked else "features" if arguments.features else "captions",
        None if arguments.model is None else str(arguments.model),
        decoding(arguments),
        tuple(arguments.questions or ()),
        arguments.batch,
        arguments.max_pixels,
    )


def summary(done: "Done", job: "Job", seconds: float) -> str:
    """What a run did, in one sentence."""
    new = done.rows - done.before
    who = f"{done.workers} worker{'s' * (done.workers > 1)}"
    parts = [f"{new:,} photos {COUNTED[job.kind]} in {seconds:.1f} s ({new / seconds:.1f} photos/s, {who})"]
    parts += [f"{done.before:,} were done before"] if done.before else []
    parts += [f"{done.broken:,} of {done.rows:,} could not be read (column `reason`)"] if done.broken else []
    return "; ".join(parts)
