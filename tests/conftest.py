"""Fixtures shared by all tests: where the real data and weights lie, if they do."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and weights beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (real data and weights), which does not exist here")
    return SHARED
