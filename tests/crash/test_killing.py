"""Killed at random while it writes; `scripts/kill_test.py` does so with thousands of photos."""

import pytest

from tests.crash.killing import attack, faults, fill

pytestmark = pytest.mark.slow


def test_every_photo_once_and_nothing_broken_foreign_lost_or_left_behind(tmp_path):
    outcome = attack(tmp_path, photos=2000, kills=12, seed=1, longest=0.8)
    assert outcome.bad == []
    assert outcome.kills > 3


def test_the_check_itself_sees_what_is_wrong(tmp_path):
    assert len(faults(tmp_path, fill(tmp_path, 3))) == 5
    assert "a photo has changed" in faults(tmp_path, {"a.jpg": b"photo"})[0]
