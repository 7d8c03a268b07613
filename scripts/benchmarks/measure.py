"""Time and memory, measured so that both sides of a comparison meet the same machine."""

import multiprocessing
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, NamedTuple

import torch

Better = Literal["more", "less"]


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        work: what was done.
        unit: of the numbers.
        ours: by this package.
        naive: by the plain version; None where there is none.
        limit: what this machine could reach; None where it is not known.
        better: whether more or less of it is better.
        about: everything else that is worth keeping, as JSON.
    """

    work: str
    unit: str
    ours: float
    naive: float | None
    limit: float | None
    better: Better
    about: dict[str, Any]

    @property
    def ratio(self) -> float | None:
        """How many times better than naive."""
        if self.naive is None:
            return None
        return self.ours / self.naive if self.better == "more" else self.naive / self.ours

    @property
    def share(self) -> float | None:
        """Of the limit that is reached, 0..1."""
        if self.limit is None:
            return None
        return self.ours / self.limit if self.better == "more" else self.limit / self.ours


@dataclass(frozen=True)
class Setup:
    """How a run measures.

    Attributes:
        device: where both sides compute.
        dtype: of the products: float32, or bfloat16 where the device is fast in it.
        quick: small sizes and few repeats, for a first look.
        threads: of both sides.
        compile: whether torch.compile fuses our steps.
    """

    device: torch.device
    dtype: torch.dtype
    quick: bool
    threads: int
    compile: bool = False

    @property
    def repeats(self) -> int:
        """Timed runs of each side."""
        return 2 if self.quick else 7

    def autocast(self) -> torch.autocast:
        """The products in `dtype`; nothing changes where that is float32."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


def seconds(sides: Mapping[str, Callable[[], Any]], device: torch.device, *, repeats: int) -> dict[str, list[float]]:
    """The times of each side, taken in turns after one untimed round."""
    times: dict[str, list[float]] = {side: [] for side in sides}
    for round_ in range(repeats + 1):
        for side, work in sides.items():
            _wait(device)
            begun = perf_counter()
            work()
            _wait(device)
            if round_ > 0:
                times[side].append(perf_counter() - begun)
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Done(NamedTuple):
    """What a process gave back, and the largest memory that it had."""

    result: Any
    megabytes: float


def in_fresh_process(work: Callable[..., Any], *arguments: Any) -> Done:
    """Does a piece of work, which must be importable, in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, work, arguments).result()


def _measured(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Done:
    return Done(work(*arguments), _peak_megabytes())


def _peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # Linux's getrusage counts the process that started this one as well
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
