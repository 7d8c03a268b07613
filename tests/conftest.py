"""Shared by all tests: where the real data and weights lie, if they do; the network's shapes are checked."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from jaxtyping import config, install_import_hook

from tests.paths import ROOT, SHARED

# Tests run in as many processes as there are cores, so each computes in one thread; set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

NN = ROOT / "captioner" / "nn"
# `lite` and `small` are traced with stand-ins that are no tensors
CHECKED = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in NN.rglob("*.py")
    if path.stem not in ("__init__", "lite", "small")
]
if find_spec("beartype"):
    install_import_hook(CHECKED, "beartype.beartype")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and weights beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (real data and weights), which does not exist here")
    return SHARED


@pytest.fixture
def unchecked() -> Iterator[None]:
    """No check of types and shapes: for tests of what the program itself says to a wrong value."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
