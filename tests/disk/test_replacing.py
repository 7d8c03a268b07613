"""Readers of a folder that is replaced meanwhile see the old one or the new one; a kill loses neither."""

import os
from pathlib import Path
from threading import Thread

import pytest

from captioner.disk import replacing
from captioner.disk.locks import lock, release
from captioner.disk.replacing import clear, recover, steady
from captioner.disk.writing import whole_folder


@steady
def pair(folder: Path) -> tuple[str, str]:
    return (folder / "a").read_text(), (folder / "b").read_text()


def write(folder: Path, text: str) -> None:
    with whole_folder(folder, made=("a", "b")) as new:
        (new / "a").write_text(text)
        (new / "b").write_text(text)


def write_often(folder: Path, times: int) -> None:
    for number in range(1, times):
        write(folder, str(number))


def test_readers_see_the_old_folder_or_the_new_one(tmp_path, exchanging, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # as often as possible
    folder = tmp_path / "bundle"
    write(folder, "0")
    writer = Thread(target=write_often, args=(folder, 40))
    writer.start()
    read = 0
    while writer.is_alive():
        one, other = pair(folder)
        assert one == other
        read += 1
    writer.join()
    assert pair(folder) == ("39", "39")
    assert read > 1


def test_without_locks_a_reader_reads_again(tmp_path, monkeypatch):
    folder = tmp_path / "bundle"
    times: list[str] = []
    write(folder, "old")

    @steady
    def slowly(folder: Path) -> tuple[str, str]:
        first = (folder / "a").read_text()
        if not times:
            write(folder, "new")
        times.append(first)
        return first, (folder / "b").read_text()

    for name in ("captioner.disk.replacing.lock", "captioner.disk.locks.lock"):
        monkeypatch.setattr(name, lambda path, **_: None)
    monkeypatch.setattr(replacing, "PATIENCE", 0.0)
    assert slowly(folder) == ("new", "new")
    assert times == ["old", "new"]


def test_a_reader_between_two_renames_waits_for_the_second(tmp_path, monkeypatch):
    folder = tmp_path / "bundle"
    write(folder, "new")
    times: list[str] = []

    def aside_after(path: Path) -> None:  # a writer begins just after the reader has looked for one
        recover(path)
        if not times:
            folder.rename(tmp_path / ".bundle.former")
        times.append("looked")

    monkeypatch.setattr(replacing, "recover", aside_after)
    assert pair(folder) == ("new", "new")
    assert times == ["looked", "looked"]


def test_an_exchange_does_not_wait_forever_for_a_reader_that_was_stopped(tmp_path, monkeypatch):
    folder = tmp_path / "bundle"
    write(folder, "old")
    monkeypatch.setattr(replacing, "PATIENCE", 0.05)
    reader = lock(folder, shared=True)
    write(folder, "new")
    release(reader)
    assert pair(folder) == ("new", "new")


@pytest.mark.parametrize("find", [recover, pair, lambda folder: clear(folder.parent)])
def test_a_kill_between_two_renames_is_made_good(tmp_path, find):
    folder = tmp_path / "bundle"
    write(folder, "old")
    folder.rename(tmp_path / ".bundle.former")
    find(folder)
    assert pair(folder) == ("old", "old")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_kill_before_the_old_one_is_removed_is_made_good(tmp_path):
    folder = tmp_path / "bundle"
    write(folder, "new")
    write(tmp_path / ".bundle.former", "old")
    assert pair(folder) == ("new", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_fault_is_not_read_again(tmp_path):
    with pytest.raises(FileNotFoundError, match="bundle/a"):
        pair(tmp_path / "bundle")
