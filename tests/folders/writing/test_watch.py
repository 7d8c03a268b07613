"""Watching: what arrives is given on once it is whole, and once."""

from collections.abc import Callable

from captioner.folders.writing.watch import PAUSE, arrivals
from captioner.photos import find_below


def test_photos_are_given_once_they_do_not_change_any_more(tmp_path):
    def look() -> list[str]:
        return [found.path.name for found in next(arriving)]

    changes: list[Callable[[], object]] = []

    def sleep(seconds: float) -> None:
        assert seconds >= PAUSE
        changes.pop(0)()

    arriving = arrivals(lambda: find_below([str(tmp_path)]), sleep)
    first, second = tmp_path / "first.jpg", tmp_path / "second.jpg"
    changes += [lambda: first.write_bytes(b"half"), lambda: first.write_bytes(b"whole"), lambda: None]
    assert look() == ["first.jpg"]
    changes += [lambda: None, lambda: second.write_bytes(b"another"), lambda: None]
    assert look() == ["second.jpg"]
    changes += [second.unlink, lambda: first.write_bytes(b"edited"), lambda: None]
    assert look() == ["first.jpg"]
    assert not changes
