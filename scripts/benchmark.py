"""How fast this package is on this machine, next to a plain version of itself and to what the machine could do at best.

    python scripts/benchmark.py                      # minutes; the table of docs/speed.md, and benchmark.json
    python scripts/benchmark.py --quick              # a minute or two, smaller sizes
    python scripts/benchmark.py --only training beam
    python scripts/benchmark.py --only training --compile
    python scripts/benchmark.py --records results/speed  # and the records from which docs/speed.md is rendered
    python scripts/benchmark.py --compare results/speed  # how each row changed since those records
    python scripts/benchmark.py --only peers --peer DIR  # a checkout of another captioner, beside ours
    python scripts/benchmark.py --device cuda        # training and beam search at the sizes of a GPU, in bfloat16

`naive` is `benchmarks/naive.py`: the captioner of the common tutorials, in float32. Both sides give the same results,
which is checked before anything is timed; they are timed in turns, in one process, with the same threads. A step of
training is whole: loss, backward pass, clipping, optimizer. Ours takes photos with their five captions each, naive as
many pairs of a photo and a caption, as the tutorials do; both are counted in captions.

`limit` is the larger of two times: of the floating-point operations of our matrix products and convolutions at the rate
of a large product, and of the bytes that must be read and written at the rate of a copy; both rates are measured first.
For training and beam search a profile of one more run tells where the time of each side goes.
For extraction it is the bare backbone, for features the fastest one of any engine, for startup the import of torch, for
growth what few photos take, for busy the speed while no other process keeps one of the cores busy.
"""

import argparse
import os
import platform
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from benchmarks import limit
from benchmarks.checkouts import opened
from benchmarks.comparing import changes, slower
from benchmarks.measure import Row, Setup
from benchmarks.profiling import told
from benchmarks.works import NAMES, works_of

from captioner import machine as machines
from captioner.evaluation.record import Record, shown_command
from captioner.files import write_json
from captioner.models.provenance import provenance
from captioner.nn.precision import fast_type

HEADER = """
| work | | ours | naive | ratio | limit | share of the limit |
|---|---|--:|--:|--:|--:|--:|"""


def main() -> int:
    """Measures, prints a line for each row as it is found, and writes them all; 1 if one became slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, few repeats")
    parser.add_argument("--only", nargs="+", metavar="WORK", help=f"of {', '.join(NAMES)}")
    text = "checkouts of other captioners to time beside ours, which runs their code; see benchmarks/peers.py"
    parser.add_argument("--peer", nargs="+", type=Path, metavar="DIR", help=text)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of both sides")
    parser.add_argument("--compile", action="store_true", help="torch.compile fuses our steps")
    parser.add_argument("--out", type=Path, default=Path("benchmark.json"), help="where the numbers go")
    parser.add_argument("--records", type=Path, metavar="DIR", help="keep a record of each row there, too")
    text = "say of each row how it changed since the records there; 1 if one is slower by more than chance"
    parser.add_argument("--compare", type=Path, metavar="DIR", help=text)
    arguments = parser.parse_args()
    if arguments.quick and (arguments.records or arguments.compare):
        parser.error("--records and --compare are of whole measurements; leave --quick out")
    if arguments.compare and not arguments.compare.is_dir():
        parser.error(f"{arguments.compare}: no such folder of records")
    try:
        checkouts = [opened(folder) for folder in arguments.peer or ()]
    except ValueError as error:
        parser.exit(2, f"{error}\n")
    torch.set_num_threads(arguments.threads)
    device = torch.device(arguments.device)
    setup = Setup(device, fast_type(device), arguments.quick, arguments.threads, arguments.compile)
    rates = limit.measured(device, setup.dtype, quick=setup.quick)
    works = works_of(setup, rates, checkouts)
    if unknown := set(arguments.only or ()) - set(works):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(works)}")
    about, found = {"machine": machine(setup), "rates": rates._asdict()}, []
    rows: list[Row] = []
    print("\n".join(f"{name}: {value}" for name, value in machine(setup).items()))
    print(f"matrix products {rates.flops / 1e9:,.0f} GFLOP/s, copies {rates.bytes / 1e9:,.1f} GB/s\n{HEADER}")
    begun, made_with = perf_counter(), provenance()
    for name in arguments.only or works:
        for row in works[name]():
            if arguments.records:
                kept = record(row, setup, perf_counter() - begun, made_with)
                kept.write(arguments.records / f"{file_name(row)}.json")
            begun = perf_counter()
            rows.append(row)
            found.append(row._asdict() | {"ratio": row.ratio, "share": row.share})
            print(line(row), flush=True)
            write_json(arguments.out, about | {"rows": found})
    print("\n".join(where(found)))
    if arguments.compare is None:
        return 0
    compared = list(changes(rows, {row.work: file_name(row) for row in rows}, arguments.compare))
    print("\n".join(map(str, compared)))
    return 1 if slower(compared) else 0


def record(row: Row, setup: Setup, seconds: float, made_with: dict[str, Any]) -> Record:
    """A row with all that it depends on: how long it took to measure, and the versions when that began."""
    accelerator = torch.cuda.get_device_name(setup.device) if setup.device.type == "cuda" else None
    figures = {name: getattr(row, name) for name in ("ours", "naive", "limit", "ratio", "share")}
    type_ = str(setup.dtype).removeprefix("torch.")
    return Record(
        {name: value for name, value in figures.items() if value is not None},
        command=shown_command("scripts/benchmark.py", sys.argv[1:], without=("--records", "--out")),
        source="scripts/benchmark.py",
        seed=None,
        seconds=seconds,
        made_with=made_with,
        machine=machines.machine(accelerator=accelerator),
        settings={
            "work": row.work,
            "unit": row.unit,
            "threads": setup.threads,
            "type": type_,
            "compiled": setup.compile,
        },
    )


def file_name(row: Row) -> str:
    """The work in letters, digits and `_`."""
    return re.sub(r"[^a-z0-9]+", "_", row.work.lower()).strip("_")


def where(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Where the time went, for each row that was looked into: a line for each side."""
    for row in rows:
        for side, parts in row["about"].get("profile", {}).items():
            yield f"{row['work']}, {side}: {told(parts)}"


def machine(setup: Setup) -> dict[str, str]:
    """Where and with what the numbers were measured."""
    name = torch.cuda.get_device_name(setup.device) if setup.device.type == "cuda" else processor()
    return {
        "machine": f"{name}, {os.cpu_count()} cores, {setup.threads} threads used",
        "products in": str(setup.dtype).removeprefix("torch.") + (", compiled" if setup.compile else ""),
        "software": f"Python {platform.python_version()}, torch {torch.__version__}",
        "date": f"{date.today().isoformat()}{', quick' if setup.quick else ''}",
        "others at work": f"{os.getloadavg()[0]:.1f} processes in the minute before",
    }


def processor() -> str:
    """Its name, as far as the system tells."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def line(row: Row) -> str:
    """One line of the table, as Markdown; a dash where there is nothing to compare with."""

    def shown(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    ours, naive, limit = (shown(value, ",.3g" if (value or 0) < 1000 else ",.0f") for value in row[2:5])
    cells = row.work, row.unit, ours, naive, shown(row.ratio, ".1f"), limit, shown(row.share, ".0%")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
