"""Kills and full disks at some changes of the file system a kind; `scripts/crash_test.py` tries all of them."""

import subprocess
import sys

import pytest

from captioner.files import read_json
from tests.crash.shim import missing
from tests.paths import ROOT

KINDS = {
    "bundle": 15,
    "evaluate": 15,
    "caption": 10,
    "write": 25,
    "attend": 8,
    "text": 15,
    "store": 15,
    "export": 15,
    "fit": 5,
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """All kinds in one process, which imports everything once."""
    if why := missing():
        pytest.skip(why)
    path = tmp_path_factory.mktemp("crash") / "outcomes.json"
    kinds = [f"{kind}:{points}" for kind, points in KINDS.items()]
    command = [sys.executable, ROOT / "scripts/crash_test.py", *kinds, "--json", path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert path.exists(), result.stderr
    return read_json(path)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_nothing_half_is_taken_for_whole_and_the_next_run_ends_as_ever(outcomes, kind):
    assert outcomes[kind]["bad"] == []
    assert sum(outcomes[kind]["tried"].values()) == KINDS[kind]
    assert outcomes[kind]["tried"].keys() == {"kill", "half", "ENOSPC", "EIO", "EROFS"}
