"""The index: what is looked at, what is known by its content, what is gone, and a process that is killed."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import captioner
from captioner.folders.finding.index import Index
from captioner.folders.finding.query import find
from captioner.folders.finding.rows import Rows
from captioner.inference.judging.judge import Judge, Looked
from captioner.photos import find_photos
from tests import two_heads
from tests.paths import FIXTURES, ROOT

PHOTOS = sorted((FIXTURES / "images").iterdir())


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return Judge(captioner.load(two_heads.save(tmp_path_factory.mktemp("bundle"))))


@pytest.fixture
def folder(tmp_path):
    """Three photos in a folder."""
    (tmp_path / "photos").mkdir()
    for photo in PHOTOS[:3]:
        shutil.copy(photo, tmp_path / "photos")
    return tmp_path / "photos"


def update(index, folder):
    changes = index.update(find_photos([str(folder)]), below=[folder])
    return changes.looked, changes.known, changes.gone, len(changes.unreadable)


def grids(index, folder):
    """What is kept of each photo, by name."""
    places = index.places(find_photos([str(folder)]))
    memory = index.memory([kept for _, kept in places])
    return {photo.name: grid for (photo, _), grid in zip(places, memory["grid"], strict=True)}


def test_what_is_kept_is_what_the_model_makes_of_the_photo(judge, folder, tmp_path):
    with Index(tmp_path / "index", judge) as index:
        assert update(index, folder) == (3, 0, 0, 0)
        for photo, found in zip(judge.look_each(sorted(folder.iterdir())), grids(index, folder).values(), strict=True):
            np.testing.assert_array_equal(found, photo.kept["grid"])


def test_photos_come_and_go_and_change_and_are_known_by_their_content(judge, folder, tmp_path):
    one, other, third = sorted(folder.iterdir())
    with Index(tmp_path / "index", judge) as index:
        update(index, folder)
        before = grids(index, folder)
        one.rename(folder / "moved é\n.png")
        shutil.copy(other, folder / "same.png")
        shutil.copy(PHOTOS[3], third)  # another content under an old name
    with Index(tmp_path / "index", judge) as index:
        assert update(index, folder) == (1, 3, 1, 0)
        after = grids(index, folder)
        assert update(index, folder) == (0, 4, 0, 0)
    np.testing.assert_array_equal(after["moved é\n.png"], before[one.name])
    np.testing.assert_array_equal(after["same.png"], before[other.name])
    assert (after[third.name] != before[third.name]).any()


def test_rows_of_photos_that_are_gone_are_used_again(judge, folder, tmp_path):
    with Index(tmp_path / "index", judge) as index:
        update(index, folder)
        size = (tmp_path / "index" / "grid.rows").stat().st_size
        for photo in list(folder.iterdir())[:2]:
            photo.unlink()
        update(index, folder)
        kept = grids(index, folder)
        for photo in PHOTOS[4:6]:
            shutil.copy(photo, folder)
        assert update(index, folder) == (2, 1, 0, 0)
        assert (tmp_path / "index" / "grid.rows").stat().st_size == size
        for name, grid in kept.items():
            np.testing.assert_array_equal(grids(index, folder)[name], grid)


def test_what_cannot_be_read_is_told_once_and_passed_over(judge, folder, tmp_path):
    (folder / "broken.png").write_bytes(b"no photo")
    with Index(tmp_path / "index", judge) as index:
        (told,) = index.update(find_photos([str(folder)])).unreadable
        assert "broken.png is not a photo" in told.reason
        assert update(index, folder) == (0, 4, 0, 0)
        assert len(find(index, "what is on the table", find_photos([str(folder)]))) == 3


def test_a_named_photo_that_is_gone_is_found_no_more(judge, folder, tmp_path):
    photos = find_photos([str(folder)])
    with Index(tmp_path / "index", judge) as index:
        index.update(photos)
        photos[0].unlink()
        (told,) = index.update(photos).unreadable
        assert "no such photo" in told.reason
        assert [photo for photo, _ in index.places(photos)] == photos[1:]


def test_a_photo_that_changes_while_it_is_looked_at_is_left_to_the_next_time(judge, folder, tmp_path, monkeypatch):
    photos = find_photos([str(folder)])
    look = judge.look_each

    def change(given, **settings):
        yield from look(given, **settings)
        shutil.copy(PHOTOS[4], photos[0])

    with Index(tmp_path / "index", judge) as index:
        monkeypatch.setattr(judge, "look_each", change)
        index.update(photos)
        assert [photo for photo, _ in index.places(photos)] == photos[1:]
        monkeypatch.undo()
        assert index.update(photos).looked == 1
        assert len(index.places(photos)) == 3


def test_an_index_of_another_model_is_made_anew(judge, folder, tmp_path):
    with Index(tmp_path / "index", judge) as index:
        update(index, folder)
    other = Judge(captioner.load(two_heads.save(tmp_path / "other", answers=False)))
    assert other.identity != judge.identity
    with Index(tmp_path / "index", other) as index:
        assert update(index, folder) == (3, 0, 0, 0)


@pytest.mark.parametrize("damage", ["flip", "cut", "table"])
def test_a_damaged_index_is_one_sentence(judge, folder, tmp_path, damage):
    with Index(tmp_path / "index", judge) as index:
        update(index, folder)
    file = tmp_path / "index" / ("photos.sqlite" if damage == "table" else "grid.rows")
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[:-4]
    elif damage == "flip":
        content[40] ^= 64
    else:
        content[:2000] = b"?" * 2000
    file.write_bytes(content)

    def use():
        with Index(tmp_path / "index", judge) as index:
            find(index, "what is on the table", find_photos([str(folder)]))

    with pytest.raises(ValueError, match=r"index.* remove (it|.*index), and it is made again"):
        use()


KILLED = """
import sys
from pathlib import Path
import captioner
from captioner.folders.finding import index as module
from captioner.inference.judging.judge import Judge, Looked
from captioner.photos import find_photos
module.BATCH = 1
with module.Index(Path(sys.argv[2]), Judge(captioner.load(sys.argv[1]))) as index:
    index.update(find_photos([sys.argv[3]]), progress=lambda done, total: print(done, flush=True))
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_where_it_stopped(tmp_path):
    bundle = two_heads.save(tmp_path / "bundle")
    (tmp_path / "photos").mkdir()
    for number in range(40):
        content = PHOTOS[number % len(PHOTOS)].read_bytes() + bytes(number)
        (tmp_path / "photos" / f"{number}.png").write_bytes(content)
    for wait in range(1, 9):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, bundle, tmp_path / "index", tmp_path / "photos"],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        for _ in range(wait):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    judge = Judge(captioner.load(bundle))
    with Index(tmp_path / "index", judge) as index:
        looked, known, *_ = update(index, tmp_path / "photos")
        assert looked + known == 40
        assert known >= 8
        assert len(grids(index, tmp_path / "photos")) == 40
        for photo in judge.look_each(find_photos([str(tmp_path / "photos")])):
            assert isinstance(photo, Looked)
            np.testing.assert_allclose(
                grids(index, tmp_path / "photos")[Path(photo.source).name], photo.kept["grid"], atol=1e-2
            )


def test_rows_are_read_in_any_order_and_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("captioner.folders.finding.rows.BLOCK", 2)
    rows, values = Rows(tmp_path / "a.rows", (2, 3)), np.arange(24, dtype=np.float16).reshape(4, 2, 3)
    rows.write([0, 3, 1, 2], values[[0, 3, 1, 2]])
    np.testing.assert_array_equal(rows.read([2, 0, 2]), values[[2, 0, 2]])
    np.testing.assert_array_equal(np.concatenate(list(rows.blocks([3, 1, 0]))), values[[3, 1, 0]])
    assert list(rows.blocks([])) == []
    assert rows.read([]).shape == (0, 2, 3)
    with pytest.raises(ValueError, match=r"a.rows is shorter than it was written"):
        rows.read([4])
