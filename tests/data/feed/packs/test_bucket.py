"""A pack in a bucket: made, streamed and read row by row by litdata's own client, from a stand-in of S3."""

import pytest

from captioner.cli.make.pack import count
from captioner.data.feed.packs import packing, rows
from captioner.data.feed.packs.facts import Place, is_pack, read_facts
from captioner.data.feed.packs.packing import pack
from captioner.data.read.records import Photo
from tests.bucket import Bucket, served
from tests.serving.conftest import photo

pytest.importorskip("litdata", reason="needs litdata: pip install 'captioner[stream]'")
ADDRESS = "s3://bucket/packs/train"


@pytest.fixture
def bucket(monkeypatch, tmp_path):
    """A store of objects that litdata finds; its second client, which is for chunks, would insist on https."""
    from litdata.streaming import downloader
    from litdata.utilities import dataset_utilities

    monkeypatch.setattr(downloader, "_OBSTORE_AVAILABLE", False)
    monkeypatch.setattr(dataset_utilities, "_LITDATA_CACHE_DIR", str(tmp_path / "cache"))
    with served() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        yield bucket


@pytest.mark.slow
def test_a_pack_in_a_bucket_is_made_streamed_and_read_by_row(bucket: Bucket, tmp_path, monkeypatch):
    photos = [Photo(number, tmp_path / f"{number}.png", (f"photo {number}",)) for number in range(8)]
    for each in photos[:7]:
        each.path.write_bytes(photo())
    monkeypatch.setattr(packing, "CHUNK", 3 * len(photo()))
    done = pack(rows.of_captions(photos), ADDRESS, count)
    assert [path for path, _ in done.broken] == [str(tmp_path / "7.png")]
    chunks = [key for key in bucket.objects if key.startswith("bucket/packs/train/chunk-")]
    assert len(chunks) == 3
    assert is_pack(tmp_path / "none") is False
    facts = read_facts(ADDRESS)  # type: ignore[arg-type]
    assert (facts.photos, facts.broken) == (7, 1)

    from captioner.data.feed.packs.streaming import StreamedBatches, StreamedItems, by_row

    found = by_row(ADDRESS)
    assert sorted(rows.said(found[number])["id"] for number in range(7)) == list(range(7))
    items = StreamedItems(ADDRESS, lambda index, row: rows.said(row)["id"], seed=1)  # type: ignore[arg-type]
    first = list(StreamedBatches(items, batch_size=1, collate_fn=list))
    assert sorted(number for batch in first for number in batch) == list(range(7))
    assert first != [[number] for number in range(7)]


@pytest.mark.slow
def test_a_bucket_that_refuses_is_told_in_a_sentence(bucket: Bucket):
    with pytest.raises(OSError, match="s3://another/pack cannot be reached: "):
        Place("s3://another/pack").read("pack.json")
