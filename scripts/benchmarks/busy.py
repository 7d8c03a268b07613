"""Our work on a machine that others use: while a process keeps one core busy, as a share of the speed alone."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from statistics import median
from time import perf_counter
from typing import NamedTuple

import torch

from benchmarks import features, searching, training
from benchmarks.made_up import CAPTIONS, maps_of, network_of, vocabulary_of
from benchmarks.measure import Row, Setup
from captioner.choosing import Choice
from captioner.models.encoding.fastest import Fastest
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.threads import thread_counts, threads

NEEDED = 0.45
"""The share that is asked for: one of two cores is half of the machine, and to find that out costs a little."""
SECONDS, QUICK = 20.0, 2.0  # of a turn
TURNS, PHOTOS = 3, 50
LOOP = "import os; parent = os.getppid(); print(flush=True)\nwhile os.getppid() == parent: pass"
"""It ends with whoever started it, however that ends."""


class Work(NamedTuple):
    """Something that can be done again and again.

    Attributes:
        name: what it is.
        unit: what it makes, each second.
        begin: gives what does a little of it, which has yet to choose how.
        size: how many units a little makes.
    """

    name: str
    unit: str
    begin: Callable[[], Callable[[], object]]
    size: int


def rows(setup: Setup) -> Iterator[Row]:
    """A row a work; the limit is its speed alone, and the share is what matters."""
    if len(cores()) < 2:
        print("busy: left out, for this process may use one core only", file=sys.stderr)
        return
    seconds, turns = (QUICK, 1) if setup.quick else (SECONDS, TURNS)
    for work in works(setup):
        speeds = in_turns(work, seconds, turns)
        alone, beside = (median(speeds[side]) for side in ("alone", "beside"))
        about = {"speeds": speeds, "needed": NEEDED}
        yield Row(f"{work.name}, one core busy; limit: alone", work.unit, beside, None, alone, "more", about)


def works(setup: Setup) -> Iterator[Work]:
    """Training, search and features, each with the number of threads that is fastest meanwhile, as the package does."""
    size = (training.QUICK if setup.quick else training.SIZES)[1]
    captions = size.photos * CAPTIONS
    step = training.our_step(size, setup)
    yield Work(f"training, {size}", "captions/s", lambda: paced("training", step, captions, setup), captions)
    size = searching.SIZE
    network, maps = searching.decided(network_of(size)).eval(), maps_of(size, PHOTOS)
    words = vocabulary_of(size)

    def search() -> object:
        return searching.said(network, maps, words)

    yield Work(searching.named(size, PHOTOS), "photos/s", lambda: paced("search", search, PHOTOS, setup), PHOTOS)
    title, name = next(iter(features.NETWORKS.items()))
    stem, side = GridEncoder(name, "none").eval().stem, features.SPEC.size
    seen = torch.randn(features.BATCH, 3, side, side)

    def look() -> Callable[[], object]:
        return partial(Fastest(stem, rough=setup.dtype == torch.bfloat16, patience=0), seen)

    yield Work(f"features, {title} at {side}", "photos/s", look, len(seen))


def paced(name: str, work: Callable[[], object], size: int, setup: Setup) -> Callable[[], None]:
    """The work with its threads chosen as trainings and searches choose theirs."""
    counts = thread_counts()
    choice = Choice(name, list(counts), unit="pieces")

    def piece() -> None:
        with setup.autocast(), choice.piece(size) as way, threads(counts[way]):
            work()

    return piece


def in_turns(work: Work, seconds: float, turns: int) -> dict[str, list[float]]:
    """The speeds alone and beside a busy process that came while the work was going on, a turn each by turns."""
    speeds: dict[str, list[float]] = {"alone": [], "beside": []}
    for _ in range(turns):
        piece = work.begin()
        for side, company in (("alone", nullcontext), ("beside", busy_process)):
            with company():
                speeds[side].append(work.size * pieces_a_second(piece, seconds))
    return speeds


def pieces_a_second(piece: Callable[[], object], seconds: float, *, clock: Callable[[], float] = perf_counter) -> float:
    """In the second half of a turn; in the first one threads are chosen anew."""
    begun = clock()
    while clock() - begun < seconds / 2:
        piece()
    begun, done = clock(), 0
    while (taken := clock() - begun) < seconds / 2:
        piece()
        done += 1
    return done / taken


@contextmanager
def busy_process() -> Iterator[int]:
    """Keeps one core busy meanwhile, a fixed one where the system can tell processes; gives the process's number."""
    with subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE) as process:
        try:
            if hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(process.pid, {max(cores())})
            assert process.stdout is not None
            process.stdout.readline()  # it has begun
            yield process.pid
        finally:
            process.kill()


def cores() -> set[int]:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
