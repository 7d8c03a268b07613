"""Files and folders appear whole or not at all; what killed processes left is cleared; errors name what was meant."""

import errno
import os
import re
from pathlib import Path
from threading import Event, Thread

import pytest

from captioner.disk.replacing import clear
from captioner.disk.writing import check_writable, whole, whole_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("make", [lambda path: path.write_text("half"), lambda path: path.mkdir()])
def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path, make):
    make(tmp_path / ".page.html.unfinished")
    with whole(tmp_path / "page.html") as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == ["page.html"]


def test_a_file_takes_its_place_only_when_it_is_on_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OSError, match=rf"^{re.escape(str(path))} cannot be written: No space left on device$"),
        whole(path) as temporary,
    ):
        temporary.write_text("new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["page.html"]


def test_an_error_of_another_file_is_left_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^\[Errno 2\].*photo.png"), whole(tmp_path / "page.html"):
        (tmp_path / "photo.png").read_bytes()


def test_a_file_within_a_folder_is_named_as_it_would_be_called(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OSError, match=r"/bundle/config.json cannot be written: No space left on device$"),
        whole_folder(tmp_path / "bundle") as new,
        whole(new / "config.json") as temporary,
    ):
        temporary.write_text("{}")
    assert names(tmp_path) == []


def test_two_writers_of_a_file_wait_for_each_other(tmp_path):
    begun, path = Event(), tmp_path / "page.html"

    def second() -> None:
        begun.set()
        with whole(path) as temporary:
            temporary.write_text("second")

    writer = Thread(target=second)
    with whole(path) as temporary:
        writer.start()
        begun.wait()
        temporary.write_text("first")
        clear(tmp_path)  # which leaves alone what a process that lives is writing
        assert temporary.read_text() == "first"
    writer.join()
    assert path.read_text() == "second"
    assert names(tmp_path) == ["page.html"]


def test_a_folder_is_replaced_and_what_else_it_holds_moves_along(tmp_path, exchanging):
    old = tmp_path / "evaluation"
    (old / "notes").mkdir(parents=True)
    for name in ("results.json", "mine.txt", "notes/a.txt", ".results.json.unfinished"):
        (old / name).write_text(f"old {name}")
    (old / "link").symlink_to("mine.txt")
    with whole_folder(old, made=("results.json", "scores.json")) as new:
        (new / "scores.json").write_text("new")
    assert names(old) == ["link", "mine.txt", "notes", "scores.json"]
    assert (old / "notes/a.txt").read_text() == "old notes/a.txt"
    assert (old / "link").is_symlink()
    assert names(tmp_path) == ["evaluation"]


def test_a_folder_that_a_link_names_is_replaced_where_it_lies(tmp_path, exchanging):
    (tmp_path / "disk/bundle").mkdir(parents=True)
    (tmp_path / "bundle").symlink_to(tmp_path / "disk/bundle")
    with whole_folder(tmp_path / "bundle", made=()) as new:
        (new / "new").touch()
    assert (tmp_path / "bundle").is_symlink()
    assert names(tmp_path / "disk") == ["bundle"]
    assert names(tmp_path / "disk/bundle") == ["new"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path, exchanging):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle/old").touch()

    def fails() -> None:
        with whole_folder(tmp_path / "bundle", made=("old",)) as new:
            (new / "new").touch()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails()
    assert names(tmp_path / "bundle") == ["old"]
    assert names(tmp_path) == ["bundle"]


def test_where_you_are_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    for place in (Path(), Path(".."), tmp_path):
        with pytest.raises(
            ValueError, match=r"is where you are, and cannot be replaced as a whole; name a folder in it"
        ):
            check_writable(place)


def test_what_cannot_be_written_is_found_out_before(tmp_path):
    (tmp_path / "file").touch()
    check_writable(tmp_path / "new/deep/evaluation")
    with pytest.raises(OSError, match=r"file/evaluation cannot be written: Not a directory"):
        check_writable(tmp_path / "file/evaluation")
    assert names(tmp_path) == ["file"]
