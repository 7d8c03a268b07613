"""Every kind of source gives the same photos under ids that stay, and says what is wrong with the rest."""

import io
import os
import pickle
import tarfile
from pathlib import Path

import pytest

from captioner.cluster.ledger import Ledger
from captioner.cluster.places import Place
from captioner.cluster.sources.opening import opened
from captioner.cluster.sources.rows import Source
from tests.bucket import served
from tests.serving.conftest import photo

pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow: pip install 'captioner[cluster]'")
from pyarrow import parquet  # noqa: E402

NAMES = [f"{number:02}" for number in range(7)]


def rows(source: Source, at_once: int = 3) -> list[dict]:
    """All rows, whose pieces come back from where other machines read them."""
    pieces = pickle.loads(pickle.dumps(source.pieces(at_once)))
    return [row for piece in pieces for table in piece() for row in table.to_pylist()]


def by_path(folder: Path) -> None:
    (folder / "below").mkdir(parents=True)
    for name in NAMES:
        (folder / "below" / f"{name}.png").write_bytes(photo())


def tar(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as file:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


def test_a_folder_gives_paths_and_ids_that_count_from_it(tmp_path):
    by_path(tmp_path)
    source = opened(str(tmp_path))
    assert source.count == 7
    assert len(source.pieces(3)) == 3
    found = rows(source)
    assert [row["id"] for row in found] == [f"below/{name}.png" for name in NAMES]
    assert found[0]["path"] == os.fsencode(tmp_path / "below/00.png")
    assert found[0]["photo"] is None


def test_a_name_that_is_no_text_keeps_its_bytes(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.png")  # noqa: PTH118 (bytes)
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(photo())
    assert [(row["id"], row["path"]) for row in rows(opened(str(tmp_path)))] == [("caf\\xe9.png", path)]


def test_parquet_with_bytes_is_read_a_group_at_a_time(tmp_path):
    table = pyarrow.table({"id": NAMES, "photo": [photo()] * 7})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=5)
    source = opened(str(tmp_path / "a.parquet"))
    assert (source.count, len(source.pieces(2))) == (7, 2)
    found = rows(source)
    assert [row["id"] for row in found] == NAMES
    assert {row["photo"] for row in found} == {photo()}


def test_parquet_with_paths_is_cut_and_has_its_questions(tmp_path):
    by_path(tmp_path / "photos")
    paths = [f"photos/below/{name}.png" for name in NAMES]
    parquet.write_table(pyarrow.table({"path": paths, "questions": [["what?"]] * 7}), tmp_path / "a.parquet")
    source = opened(f"file://{tmp_path}/a.parquet")
    assert len(source.pieces(2)) == 4
    found = rows(source, 2)
    assert [row["id"] for row in found] == paths
    assert found[6]["path"] == os.fsencode(tmp_path / paths[6])
    assert found[6]["questions"] == ["what?"]


def test_rows_without_ids_are_numbered_over_all_groups_and_an_empty_one_has_a_reason(tmp_path):
    nested = [{"bytes": photo(), "path": "x.png"}] * 5 + [{"bytes": None, "path": "x.png"}, None]  # Hugging Face's
    parquet.write_table(pyarrow.table({"image": nested}), tmp_path / "a.parquet", row_group_size=3)
    found = rows(opened(str(tmp_path)))
    assert [row["id"] for row in found] == [f"a.parquet/{number}" for number in range(7)]
    assert [row["photo"] for row in found] == [photo()] * 5 + [None] * 2
    assert found[5]["path"] == os.fsencode(tmp_path / "x.png")
    assert [row["reason"] for row in found] == [None] * 6 + ["a.parquet row 6 has no photo"]


def test_parquet_without_photos_names_its_columns(tmp_path):
    parquet.write_table(pyarrow.table({"caption": ["a dog"]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"a.parquet has the columns caption, and none of them is a photo; call"):
        opened(str(tmp_path))
    (tmp_path / "a.parquet").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"a.parquet is no Parquet file that can be read"):
        opened(str(tmp_path))


def test_tars_give_one_photo_a_key(tmp_path):
    members = {"x/1.jpg": photo(), "x/1.txt": b"a dog", "x/2.json": b"{}", "x/2.seg.png": photo("blue"), "3.cls": b"7"}
    tar(tmp_path / "s/0.tar", members)
    tar(tmp_path / "s/1.tar", {"1.PNG": photo()})
    source = opened(str(tmp_path / "s"))
    assert source.count is None
    found = rows(source)
    assert [row["id"] for row in found] == ["0.tar/x/1", "0.tar/x/2", "1.tar/1"]
    assert [row["photo"] for row in found] == [photo(), photo("blue"), photo()]


def test_a_tar_that_ends_too_soon_gives_what_is_whole_and_a_reason(tmp_path):
    path = tar(tmp_path / "0.tar", {"1.png": photo(), "2.png": os.urandom(20_000)})
    path.write_bytes(path.read_bytes()[:8_000])
    first, *_, last = rows(opened(str(path)))
    assert (first["id"], first["photo"]) == ("0.tar/1", photo())
    assert last["id"] == "0.tar"
    assert last["reason"].startswith("0.tar cannot be read behind 0.tar/2 (unexpected end of data)")


def test_litdata_chunks_are_cut_by_rows(tmp_path):
    litdata = pytest.importorskip("litdata", reason="needs litdata: pip install 'captioner[stream]'")
    from litdata.streaming.writer import BinaryWriter

    writer = BinaryWriter(str(tmp_path), chunk_size=4)
    for number, name in enumerate(NAMES):
        writer[number] = {"id": name, "photo": photo()}
    writer.done()
    writer.merge()
    source = opened(str(tmp_path))
    assert litdata
    assert source.count == 7
    assert [(row["id"], row["photo"]) for row in rows(source)] == [(name, photo()) for name in NAMES]


def test_a_packed_set_of_questions_has_its_photos_paths_and_what_is_asked(tmp_path):
    from captioner.cluster.sources.chunks import _row

    pack = b'{"path": "a.png", "sum": 1, "questions": [["q1", "i", "what?", ["2"], null, null]]}'
    assert _row(7, {"photo": b"x", "said": pack}) == ("a.png", b"x", None, ["what?"], None)
    assert _row(7, {"photo": b"x", "said": b'{"path": "a.png", "id": 0, "captions": ["a dog"]}'}).id == "0"
    assert _row(7, {"photo": b"x"}) == ("7", b"x", None, None, None)


@pytest.mark.slow
def test_a_bucket_is_a_place_as_a_disk_is(tmp_path, monkeypatch):
    """By pyarrow's own client, over a connection to a stand-in of S3."""
    parquet.write_table(pyarrow.table({"id": NAMES, "photo": [photo()] * 7}), tmp_path / "a.parquet")
    with served() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        bucket.objects["bucket/shards/a.parquet"] = (tmp_path / "a.parquet").read_bytes()
        assert [row["id"] for row in rows(opened("s3://bucket/shards"))] == NAMES
        ledger = Ledger(Place.of("s3://bucket/out"))
        with ledger.alone({"kind": "captions"}):
            assert (ledger.written(), ledger.broken()) == (0, 0)
        assert bucket.objects["bucket/out.run/run.json"] == b'{\n "kind": "captions"\n}'
        with pytest.raises(ValueError, match="out was begun with another kind"), ledger.alone({"kind": "answers"}):
            pass


def test_what_is_no_source_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="none: no such file or folder"):
        opened(str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="no photo found there"):
        opened(str(tmp_path))
    (tmp_path / "a.txt").write_text("a dog")
    with pytest.raises(ValueError, match=r"a.txt is no Parquet file \(.parquet\) and no tar"):
        opened(str(tmp_path / "a.txt"))
    with pytest.raises(ValueError, match="ftp://x is no address that pyarrow can open"):
        Place.of("ftp://x")


def test_photos_beside_a_table_are_a_folder_of_photos(tmp_path):
    (tmp_path / "a.png").write_bytes(photo())
    parquet.write_table(pyarrow.table({"caption": ["a dog"]}), tmp_path / "captions.parquet")
    assert [row["id"] for row in rows(opened(str(tmp_path)))] == ["a.png"]
