"""`captioner bulk` on a local Ray: killed in the middle, every photo has one row at the end, with the usual caption."""

from pathlib import Path

import pytest

from captioner.cli.main import main
from captioner.cli.use import bulk as verb
from captioner.cluster import run
from captioner.cluster.job import Job
from captioner.cluster.run import Done
from captioner.inference import load
from tests import two_heads
from tests.cluster.bulk import bulk, doubles, rows
from tests.serving.conftest import photo


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bulk") / "both")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads processes as Linux shows them")
def test_a_job_that_is_killed_goes_on_and_every_photo_has_one_row(bundle, tmp_path):
    pytest.importorskip("ray", reason="needs Ray Data: pip install 'captioner[cluster]'")
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(99):
        (folder / f"{number:03}.png").write_bytes(photo(f"hsl({number}, 90%, 50%)", (20 + number, 40)))
    (folder / "broken.png").write_bytes(b"no photo")
    settings = ["--model", str(bundle), "--rows=16"]
    killed = bulk(folder, tmp_path / "out", *settings, kill_at=16, patience=250)
    assert killed.code == -9
    before = len(rows(tmp_path / "out"))
    assert 16 <= before < 100
    ended = bulk(folder, tmp_path / "out", *settings, patience=250)
    found = rows(tmp_path / "out")
    assert (ended.code, len(found), doubles(found)) == (1, 100, 0)
    (broken,) = [row for row in found if row["reason"]]
    assert broken["id"] == "broken.png"
    lines = ended.told.splitlines()
    assert len(lines) == 1, ended.told
    assert "were done before; 1 of 100 could not be read (column `reason`)" in lines[0]
    captions = {row["id"]: row["caption"] for row in found}
    names = [f"{number:03}.png" for number in range(0, 99, 10)]
    said = load(bundle).caption([folder / name for name in names])
    assert [captions[name] for name in names] == [each.text for each in said]


def test_what_is_not_installed_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(run, "NEEDED", ("pyarrow", "no_such_library"))
    assert main(["bulk", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert told == "captioner bulk: bulk work needs no_such_library: pip install 'captioner[cluster]'\n"


def test_what_cannot_be_is_told_before_ray_starts(bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(run, "NEEDED", ())
    out = ["--out", str(tmp_path / "out")]
    for given, sentence in (
        ([str(tmp_path), "--rows=0"], "--rows is 0; a file has at least 1 row"),
        ([str(tmp_path / "none"), "--model", str(bundle)], f"{tmp_path / 'none'}: no such file or folder"),
        ([str(tmp_path), "--model", str(tmp_path / "none")], "is no bundle: there is no such folder"),
    ):
        assert main(["bulk", *given, *out]) == 2
        assert sentence in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))


def test_a_source_without_rows_is_told_before_ray_starts(bundle, tmp_path, capsys):
    pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow: pip install 'captioner[cluster]'")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"photo": pyarrow.array([], pyarrow.binary())}), tmp_path / "a.parquet")
    assert main(["bulk", str(tmp_path / "a.parquet"), "--model", str(bundle), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "captioner bulk: the source has no photo: there is not one row in its files\n"


def test_a_run_is_told_in_one_sentence():
    job = Job()
    assert verb.summary(Done(0, 20, 0, 1), job, 4) == "20 photos captioned in 4.0 s (5.0 photos/s, 1 worker)"
    assert verb.summary(Done(1500, 2500, 3, 2), job, 100) == (
        "1,000 photos captioned in 100.0 s (10.0 photos/s, 2 workers); 1,500 were done before; 3 of 2,500 could not be"
        " read (column `reason`)"
    )
