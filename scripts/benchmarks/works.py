"""All that can be measured, by name and in the order of the table."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks import (
    busy,
    checkouts,
    commands,
    exported,
    features,
    growth,
    photos,
    scoring,
    searching,
    startup,
    training,
)
from benchmarks.limit import Rates
from benchmarks.measure import Row, Setup

Works = dict[str, Callable[[], Iterator[Row]]]
PROCESSOR: dict[str, Callable[[Setup], Iterator[Row]]] = {
    "features": features.rows,
    "exported": exported.rows,
    "scores": scoring.rows,
    "startup": startup.rows,
    "growth": growth.rows,
    "commands": commands.rows,
    "busy": busy.rows,
}
"""What is measured on processors only."""
NAMES = ("training", "beam", "extraction", *PROCESSOR, "peers")


def works_of(setup: Setup, rates: Rates, found: Sequence[checkouts.Checkout]) -> Works:
    """What can be measured on that device; `peers` where there are checkouts."""
    works: Works = {
        "training": lambda: training.rows(setup, rates),
        "beam": lambda: searching.rows(setup, rates),
        "extraction": lambda: photos.rows(setup),
    }
    if setup.device.type == "cpu":
        works |= {name: partial(rows, setup) for name, rows in PROCESSOR.items()}
    if found:
        works["peers"] = lambda: checkouts.rows(setup, found)
    return works
