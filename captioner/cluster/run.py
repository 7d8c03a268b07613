"""A run on Ray Data: pieces of the source are read, captioned by workers and written; Ray keeps count of what is done.

Nothing here schedules, restarts or remembers: that is Ray's. What is ours is where each row comes from, and what a
worker does with it.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple

from captioner.cluster.job import Job
from captioner.cluster.ledger import Ledger
from captioner.cluster.shares import BLOCK, LEFT, LIGHT, STORE, Shares, rows_of_piece, shared
from captioner.cluster.sources.rows import Piece, Source
from captioner.cluster.worker import Worker
from captioner.files import one_line
from captioner.machine import cores

LOOK = 1.0  # seconds between two looks at how far the run is
LOCAL = "local"
NEEDED = ("ray", "pyarrow", "pandas")
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # what the cluster's own programs print
    "RAY_prestart_worker_first_driver": "0",  # processes that nothing here needs
    "RAY_worker_niceness": "0",  # as nice as whoever started it; Ray's own 15 leaves a shared machine to all others
}
"""Of Ray, unless they are set already."""
Tell = Callable[[int, int | None], None]


class Done(NamedTuple):
    """How a run ended.

    Attributes:
        before: rows that were written before it.
        rows: that are written now.
        broken: of them, those with a reason instead of what the model says.
        workers: who did it.
    """

    before: int
    rows: int
    broken: int
    workers: int


def check_installed() -> None:
    """Refuses before anything is done.

    Raises:
        ValueError: Ray Data is not installed.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise ValueError(f"bulk work needs {' and '.join(missing)}: pip install 'captioner[cluster]'")


def run(source: Source, job: Job, ledger: Ledger, *, address: str = LOCAL, rows: int | None = None, tell: Tell) -> Done:
    """Does the job with every photo of the source of which the ledger does not know that it is done.

    Args:
        source: the photos.
        job: what is done with each.
        ledger: of the place where the rows go; held by the caller.
        address: of a Ray cluster, as Ray knows it; `local` makes one of this machine.
        rows: that are read, captioned and written together; see `rows_of_piece`.
        tell: told how many rows are written, of how many, if anybody knows.

    Raises:
        ValueError: there is no photo, or the cluster is too small.
        OSError: the cluster cannot be reached, or gave up; the next run goes on.
    """
    if source.count == 0:
        raise ValueError("the source has no photo: there is not one row in its files")
    with _cluster(address) as ray, _sentences():
        shares = shared(ray.cluster_resources(), torch=job.torch)
        rows = rows or rows_of_piece(source.count, shares.workers)
        before = ledger.written()
        with _told(lambda: tell(ledger.written(), source.count)):
            _write(source.pieces(rows), job, ledger, shares, rows)
        return Done(before, ledger.written(), ledger.broken(), shares.workers)


def _write(pieces: list[Piece], job: Job, ledger: Ledger, shares: Shares, rows: int) -> None:
    """The pipeline: read, filter what is done, caption, write."""
    import ray.data
    from ray.data import ActorPoolStrategy, DataContext
    from ray.data.checkpoint import CheckpointConfig

    from captioner.cluster.reading import Pieces

    done = CheckpointConfig(
        "id", ledger.ids.path, delete_checkpoint_on_success=False, override_filesystem=ledger.ids.files
    )
    done.checkpoint_actor_pool_max_size = 1  # more would take the processor that is left for reading and writing
    done.checkpoint_actor_memory_bytes = 2**28
    context = DataContext.get_current()
    context.checkpoint_config = done
    context.target_max_block_size = BLOCK
    context.enable_progress_bars = False
    photos = ray.data.read_datasource(Pieces(pieces), override_num_blocks=len(pieces), num_cpus=LIGHT)
    said = photos.map_batches(
        Worker,
        fn_constructor_args=(job, shares.device, max(2, shares.cpus)),
        batch_size=None,
        batch_format="pyarrow",
        num_cpus=shares.cpus,
        num_gpus=shares.gpus,
        compute=ActorPoolStrategy(size=shares.workers),
    )
    said.write_parquet(
        ledger.out.path,
        filesystem=ledger.out.files,
        min_rows_per_file=rows,
        ray_remote_args={"num_cpus": LIGHT},
    )


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """A connection to the cluster, which says nothing itself and sends nothing home.

    Raises:
        OSError: it cannot be reached.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    made = {"include_dashboard": False, "num_cpus": cores() + LEFT, "object_store_memory": STORE * cores()}
    try:
        with _hushed():
            ray.init(address, **quiet, **(made if address == LOCAL else {}))
    except Exception as error:  # Ray has no type of its own for what may go wrong here
        ray.shutdown()
        what = "Ray cannot start on this machine" if address == LOCAL else f"the cluster at {address} cannot be reached"
        raise OSError(f"{what} ({one_line(error)})") from None
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _hushed() -> Iterator[None]:
    """Without what Ray's library prints past Python while it starts."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _sentences() -> Iterator[None]:
    """What a worker raised, as it would be without Ray; what befell Ray, in a sentence.

    Raises:
        ValueError, OSError: these.
    """
    from ray.exceptions import RayError

    try:
        yield
    except RayError as error:
        cause = getattr(error, "cause", None) or error.__cause__ or error
        while isinstance(cause, RayError) and cause.__cause__ is not None:
            cause = cause.__cause__
        raise OSError(f"the cluster gave up: {one_line(cause)}; the same command goes on where it stopped") from None


@contextmanager
def _told(tell: Callable[[], None]) -> Iterator[None]:
    """Tells now and then, from a thread, and once more at the end."""
    over = threading.Event()

    def often() -> None:
        while not over.wait(LOOK):
            tell()

    thread = threading.Thread(target=often, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        tell()
