"""The examples that start a training on several machines: both machines are this one; SLURM is a stand-in."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.paths import ROOT

EXAMPLES = ROOT / "scripts/examples"
LONG = 280  # seconds


def free() -> int:
    """A port that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.slow
def test_two_machines_train_one_run_by_torchrun(scenes, own_folder):
    files = [f"--data.{split}={scenes / f'captions_{split}.json'}" for split in ("train", "val")]
    command = [EXAMPLES / "torchrun_two_nodes.sh", "127.0.0.1", "--config", scenes / "small.yaml", *files]
    places = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment = os.environ | places | {"PORT": str(free()), "GLOO_SOCKET_IFNAME": "lo"}
    command += ["--run=two", "--data.batch_size=2"]
    machines = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    try:
        said = [machine.communicate(timeout=LONG)[0] for machine in machines]
    finally:
        for machine in machines:
            machine.kill()
    assert [machine.returncode for machine in machines] == [0, 0], said
    last = torch.load(own_folder / "two/checkpoints/last.ckpt", weights_only=True)
    assert (last["epoch"], last["global_step"]) == (1, 2 * 8 // (2 * 2))  # eight photos an epoch, two on each machine
    assert sum("the best epoch is in two/bundle" in each for each in said) == 1


@pytest.mark.parametrize("restarts", [0, 1])
def test_slurm_tells_how_many_there_are_and_a_requeued_job_goes_on(tmp_path, restarts):
    (tmp_path / "srun").write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n')
    (tmp_path / "srun").chmod(0o755)
    places = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_NNODES": "2", "SLURM_NTASKS_PER_NODE": "4"}
    command = ["bash", str(EXAMPLES / "slurm.sbatch"), "--run", "runs/many"]
    environment = os.environ | places | {"SLURM_RESTART_COUNT": str(restarts)}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    given = ["--kill-on-bad-exit=1", "captioner", "fit", "--run", "runs/many", *["--resume"] * restarts]
    assert said == [*given, "--trainer.num_nodes", "2", "--trainer.devices", "4", "--trainer.strategy", "ddp"]
