"""A training in several processes, forked from this one, which has imported everything; what each step saw is written.

A line of `<log>.<rank>` is one step: epoch, batch, the photos' places, and the loss as it was logged.
"""

import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from captioner.training.run.cli import run
from captioner.training.tasks.photos import CaptionTask

Steps = dict[tuple[int, int, int], Any]
"""By epoch, batch and rank: the photos' places, and the loss."""
LONG = 280.0  # seconds, after which a training hangs


class Ended(NamedTuple):
    """How the processes ended."""

    codes: list[int]
    """As a shell sees them; -9 of one that was killed."""
    hung: bool
    said: list[str]
    """What each wrote on stderr."""


def train(
    arguments: Sequence[object],
    log: Path,
    *,
    ranks: int = 1,
    address: str = "127.0.0.1",
    inside: Callable[[int], Mapping[str, str]] = lambda rank: {},
    watch: Callable[[list[int]], None] = lambda children: None,
) -> Ended:
    """Runs a verb of the trainer.

    Args:
        arguments: of the command line.
        log: where steps are written.
        ranks: processes.
        address: of the first.
        inside: called in each process before it begins, for its environment.
        watch: called with the processes while they run; may kill some.
    """
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    children = [_begin(arguments, log, rank, ranks, address, port, inside) for rank in range(ranks)]
    watch(children)
    codes, hung, limit = dict[int, int](), False, time.monotonic() + LONG
    while len(codes) < ranks:
        for child in set(children) - codes.keys():
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                codes[child] = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > limit:
                hung = True
                os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    said = [_told(log, rank).read_text(errors="replace") for rank in range(ranks)]
    return Ended([codes[child] for child in children], hung, said)


def steps(log: Path, ranks: int) -> Steps:
    """What was written; of a step that was done twice, both must be the same."""
    found: Steps = {}
    for rank in range(ranks):
        for line in Path(f"{log}.{rank}").read_text().splitlines():
            epoch, batch, *rest = json.loads(line)
            assert found.setdefault((epoch, batch, rank), rest) == rest, f"epoch {epoch} batch {batch} was another"
    return found


def _told(log: Path, rank: int) -> Path:
    return Path(f"{log}.{rank}.stderr")


def _begin(
    arguments: Sequence[object],
    log: Path,
    rank: int,
    ranks: int,
    address: str,
    port: int,
    inside: Callable[[int], Mapping[str, str]],
) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        handle = os.open(_told(log, rank), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(handle, 2)
        os.dup2(handle, 1)
        sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1)
        if ranks > 1:
            places: dict[str, object] = {
                "RANK": rank,
                "LOCAL_RANK": rank,
                "WORLD_SIZE": ranks,
                "LOCAL_WORLD_SIZE": ranks,
            }
            places |= {"GROUP_RANK": 0, "MASTER_PORT": port, "MASTER_ADDR": address}
            os.environ |= {name: str(value) for name, value in places.items()}
            os.environ |= {"TORCHELASTIC_RUN_ID": "test", "GLOO_SOCKET_IFNAME": "lo", **inside(rank)}
            arguments = [*arguments, f"--trainer.devices={os.environ['LOCAL_WORLD_SIZE']}", "--trainer.strategy=ddp"]
            arguments += [f"--trainer.num_nodes={ranks // int(os.environ['LOCAL_WORLD_SIZE'])}"]
        _follow(Path(f"{log}.{rank}"))
        code = _verb(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _verb(arguments: Sequence[object]) -> int:
    try:
        return run([str(argument) for argument in arguments])
    except (ValueError, OSError) as error:  # as `captioner.cli.main` says it
        print(f"captioner {arguments[0]}: {error}", file=sys.stderr)
        return 2


def _follow(log: Path) -> None:
    """Writes each step down."""
    step = CaptionTask.training_step

    def followed(task: Any, batch: Any, index: int) -> Any:
        loss: Any = step(task, batch, index)
        logged: Any = task.trainer.callback_metrics.get("train/loss")
        line = [task.current_epoch, index, batch["captions"]["index"].tolist(), loss.item(), float(logged)]
        with log.open("a") as file:
            file.write(json.dumps(line) + "\n")
        return loss

    CaptionTask.training_step = followed  # type: ignore[assignment,method-assign]
