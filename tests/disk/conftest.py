"""Systems that exchange two names in one step, and those that do not."""

import pytest


@pytest.fixture(params=["in one step", "in two"])
def exchanging(request, monkeypatch):
    """Tests run with both; the second is what systems without such an exchange do."""
    if request.param == "in two":
        monkeypatch.setattr("captioner.disk.replacing.exchange", lambda one, other: False)
