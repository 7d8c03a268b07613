"""Several processes behind one port: who answers, what is counted, who dies, and how it ends."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from captioner.cli.main import main
from captioner.serving.web.workers import listen_together
from tests.serving.conftest import photo
from tests.serving.web.test_server import start, until


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as reply:
        return reply.read()


def counted(where: str, line: bytes) -> float:
    """A number of the metrics, which any of the processes gives; 0 where it is not there yet."""
    found = [each for each in get(f"{where}metrics").splitlines() if each.startswith(line)]
    return float(found[0].split()[-1]) if found else 0.0


def workers_of(process: int) -> list[int]:
    """Processes that serve, by their parent (Linux)."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = {int(each): Path(f"/proc/{each}/cmdline").read_bytes() for each in children}
    return [each for each, line in lines.items() if b"spawn_main" in line]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads processes as Linux shows them")
def test_what_processes_count_is_summed_and_one_that_dies_is_replaced(bundle):
    process, where = start(bundle, "--workers=2")
    try:
        for _ in range(12):  # each over a connection of its own, which one of the two gets
            request = urllib.request.Request(f"{where}v1/caption", photo())
            with urllib.request.urlopen(request, timeout=20) as reply:
                assert reply.status == 200
        assert counted(where, b'captioner_requests_total{path="/v1/caption",status="200"}') == 12
        assert counted(where, b"captioner_places_taken") == 0
        before = workers_of(process.pid)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(set(workers_of(process.pid)) - {before[0]}) == 2)
        assert {get(f"{where}v1/health") for _ in range(6)} == {b'{"status":"ok"}'}
        assert counted(where, b'captioner_requests_total{path="/v1/caption",status="200"}') == 12
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=40)
    assert process.returncode == 0
    assert log.count("a worker died; another takes its place") == 1
    assert "Traceback" not in log


@pytest.mark.slow
def test_a_model_that_no_process_can_open_is_told_once(tmp_path):
    command = [sys.executable, "-m", "captioner.cli.main", "serve", "--model", str(tmp_path / "none"), "--port=0"]
    ended = subprocess.run([*command, "--workers=2"], capture_output=True, text=True, timeout=250, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"captioner serve: {tmp_path / 'none'} is no bundle")
    assert len(ended.stderr.splitlines()) == 1


def test_an_address_is_shared_by_its_processes_alone(bundle, capsys):
    sockets = listen_together("127.0.0.1", 0, 3)
    try:
        (port,) = {each.getsockname()[1] for each in sockets}
        assert main(["serve", "--model", str(bundle), "--port", str(port), "--workers=2"]) == 2
        assert f"127.0.0.1 port {port} cannot be listened at" in capsys.readouterr().err
    finally:
        for each in sockets:
            each.close()


def test_workers_that_cannot_be_are_told(bundle, tmp_path, capsys):
    assert main(["serve", "--workers=0"]) == 2
    assert capsys.readouterr().err == "captioner serve: --workers is 0; at least 1 process must serve\n"
    assert main(["serve", "--workers=2", "--photos", str(tmp_path)]) == 2
    sentence = "a gallery is kept by one process: leave --workers out, or --photos"
    assert capsys.readouterr().err == f"captioner serve: {sentence}\n"
