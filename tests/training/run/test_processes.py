"""Several processes train and score as one would; where one of them is killed the others end, and the run goes on."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from captioner.training.run.interruption import GONE, another_is_gone
from tests.training.ranks import LONG, Ended, steps, train

NAMES = ("captioner-one", "captioner-two")
ADDRESSES = ("10.211.55.1", "10.211.55.2")
EXACT = ("--model.network.dropout=0", "--trainer.log_every_n_steps=1")


def options(verb: str, scenes: Path, run: str, *more: str) -> list[object]:
    files = [f"--data.{split}={scenes / f'captions_{split}.json'}" for split in ("train", "val")]
    return [verb, "--config", scenes / "small.yaml", *files, f"--run={run}", *more]


def killing(log: Path, rank: int, *, after: int) -> Callable[[list[int]], None]:
    """Kills a process after so many steps."""

    def watch(children: list[int]) -> None:
        path, limit = Path(f"{log}.0"), time.monotonic() + LONG
        while time.monotonic() < limit and (not path.is_file() or len(path.read_text().splitlines()) < after):
            time.sleep(0.001)
        os.kill(children[rank], signal.SIGKILL)

    return watch


def one_sentence(ended: Ended, rank: int) -> bool:
    """Whether a process said why it ended, and no more."""
    lines = [line for line in ended.said[rank].splitlines() if "captioner fit" in line or "Traceback" in line]
    return lines == [f"captioner fit: {GONE}"]


@pytest.mark.slow
@pytest.mark.forks
def test_several_processes_learn_what_one_learns(scenes, own_folder):
    """The same photos in each step; words are not, so each process's mean counts by its words."""
    found = {}
    for ranks in (1, 2, 4):
        many = options("fit", scenes, f"run{ranks}", *EXACT, f"--data.batch_size={4 // ranks}")
        many += ["--trainer.max_epochs=10", "--trainer.check_val_every_n_epoch=10"]
        ended = train(many, own_folder / f"log{ranks}", ranks=ranks)
        assert ended.codes == [0] * ranks, ended.said
        taken = steps(own_folder / f"log{ranks}", ranks)
        found[ranks] = [taken[key][2] for key in sorted(taken) if key[2] == 0]
        photos: dict[tuple[int, int], set[int]] = {key[:2]: set() for key in taken}
        for key, (seen, *_) in taken.items():
            photos[key[:2]] |= set(seen)
        assert {len(each) for each in photos.values()} == {4}
    assert len(found[1]) == 20
    assert found[2] == pytest.approx(found[1], rel=1e-4)
    assert found[4] == pytest.approx(found[1], rel=1e-4)
    weights = [torch.load(own_folder / f"run{ranks}/checkpoints/last.ckpt")["state_dict"] for ranks in (1, 2, 4)]
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(weights[2][name], value, rtol=1e-3, atol=1e-4)
    tables = []
    for ranks in (1, 2, 4):
        ended = train(options("validate", scenes, "run1", "--data.batch_size=1"), own_folder / "val", ranks=ranks)
        assert ended.codes == [0] * ranks, ended.said
        tables.append([line for line in ended.said[0].splitlines() if "val/" in line])
        Path(f"{own_folder}/val.0.stderr").unlink()
    assert len(tables[0]) == 8
    assert tables[0] == tables[1] == tables[2]  # three photos: two and four processes share them unevenly


@pytest.mark.slow
@pytest.mark.forks
def test_what_cannot_be_shared_evenly_hangs_nobody(scenes, own_folder):
    content = json.loads((scenes / "captions_train.json").read_text())
    left_out = content["images"].pop()["id"]
    content["annotations"] = [each for each in content["annotations"] if each["image_id"] != left_out]
    seven = scenes / "seven.json"
    seven.write_text(json.dumps(content))
    ended = train([*options("fit", scenes, "seven"), f"--data.train={seven}"], own_folder / "log", ranks=2)
    assert (ended.codes, ended.hung) == ([0, 0], False)


@pytest.mark.slow
@pytest.mark.forks
def test_when_one_process_is_killed_the_others_end_with_a_sentence_and_the_run_goes_on(scenes, own_folder):
    often = (*EXACT, "--checkpoint_every=1", "--data.batch_size=2")
    assert train(options("fit", scenes, "whole", *often), own_folder / "whole", ranks=2).codes == [0, 0]
    log = own_folder / "cut"
    for turn, rank in enumerate((1, 0)):
        resume = ["--resume"] * turn
        watch = killing(log, rank, after=2 + 2 * turn)
        ended = train([*options("fit", scenes, "cut", *often), *resume], log, ranks=2, watch=watch)
        assert not ended.hung
        assert ended.codes == ([2, -9] if rank else [-9, 2]), ended.said
        assert one_sentence(ended, 1 - rank), ended.said
        Path(f"{log}.{1 - rank}.stderr").unlink()
    assert train([*options("fit", scenes, "cut", *often), "--resume"], log, ranks=2).codes == [0, 0]
    assert steps(log, 2) == steps(own_folder / "whole", 2)


@pytest.fixture
def nodes() -> Iterator[None]:
    """Two network namespaces with a cable between them: machines that share a disk and nothing else."""
    ip = shutil.which("ip")
    commands = [
        *(f"netns add {name}" for name in NAMES),
        f"link add cable netns {NAMES[0]} type veth peer name cable netns {NAMES[1]}",
        *(f"-n {name} addr add {own}/24 dev cable" for name, own in zip(NAMES, ADDRESSES, strict=True)),
        *(f"-n {name} link set {device} up" for name in NAMES for device in ("lo", "cable")),
    ]
    if ip is None or os.geteuid() != 0:
        pytest.skip("needs `ip` and the rights of root, to lay a network within this machine")
    try:
        for command in commands:
            done = subprocess.run([ip, *command.split()], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"no network can be laid within this machine: {done.stderr.strip()}")
        yield
    finally:
        for name in NAMES:
            subprocess.run([ip, "netns", "del", name], capture_output=True, check=False)


def on_its_node(rank: int) -> dict[str, str]:
    """Moves a process onto its node; what torchrun would tell it there."""
    with Path(f"/var/run/netns/{NAMES[rank]}").open() as namespace:
        assert ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) == 0
    places = {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1", "GROUP_RANK": str(rank)}
    return {**places, "GLOO_SOCKET_IFNAME": "cable"}


@pytest.mark.slow
@pytest.mark.forks
def test_two_machines_train_together_and_one_that_dies_ends_the_run_which_goes_on(scenes, own_folder, nodes):
    often = (*EXACT, "--checkpoint_every=1", "--data.batch_size=2")
    how: Any = {"ranks": 2, "address": ADDRESSES[0], "inside": on_its_node}
    whole = train(options("fit", scenes, "whole", *often), own_folder / "whole", **how)
    assert whole.codes == [0, 0], whole.said
    log = own_folder / "cut"
    ended = train(options("fit", scenes, "cut", *often), log, **how, watch=killing(log, 1, after=2))
    assert (ended.codes, ended.hung) == ([2, -9], False), ended.said
    assert one_sentence(ended, 0), ended.said
    assert train([*options("fit", scenes, "cut", *often), "--resume"], log, **how).codes == [0, 0]
    assert steps(log, 2) == steps(own_folder / "whole", 2)


def test_only_what_arises_between_processes_is_said_so():
    assert another_is_gone(RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:1"))
    assert not another_is_gone(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
