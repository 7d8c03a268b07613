"""The gallery's search: what is found, and the one sentence where nothing can be."""

import os
import shutil
import time

import pytest
from httpx import Response
from starlette.testclient import TestClient

from captioner.disk.locks import lock, release
from captioner.folders.finding.index import Index
from captioner.folders.finding.query import find
from captioner.folders.writing.shelf import Shelf
from captioner.inference import Judge, load
from captioner.serving.web.app import create_app
from captioner.serving.work import finding
from captioner.serving.work.settings import Limits
from tests import two_heads
from tests.paths import FIXTURES
from tests.serving.conftest import HERE

QUERY = "what is on the table"
TOTAL = 8


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FIXTURES / "images", tmp_path / "photos")


@pytest.fixture
def gallery(model, bundle, folder, tmp_path):
    app = create_app(model, Limits(), folder=bundle, shelf=Shelf(folder), index=tmp_path / "index")
    with TestClient(app, HERE) as client:
        yield client


def far(client, wanted=lambda known: known["done"]):
    """Waits until the index is so far, and gives how far that is."""
    until = time.monotonic() + 20
    while not wanted(known := client.get("/v1/photos/known").json()):
        assert time.monotonic() < until, known
        time.sleep(0.01)
    return known


def ask(client, words=QUERY, **more):
    return client.get("/v1/photos/found", params={"words": words, **more})


def test_photos_are_found_as_the_command_finds_them(gallery, folder, model, tmp_path):
    assert gallery.get("/v1/photos").json()["search"]
    assert far(gallery) == {"known": TOTAL, "total": TOTAL, "done": True, "trouble": ""}
    reply = ask(gallery, f"{QUERY} zebra", top=3).json()
    with Index(tmp_path / "index", Judge(model)) as index:  # which nobody holds any more
        hits = find(index, f"{QUERY} zebra", sorted(folder.iterdir()), top=3)
    assert [hit["photo"]["label"] for hit in reply["hits"]] == [hit.photo.name for hit in hits]
    assert [hit["score"] for hit in reply["hits"]] == pytest.approx([hit.score for hit in hits])
    assert (reply["unknown"], reply["searched"]["known"]) == (["zebra"], TOTAL)
    name = reply["hits"][0]["photo"]["name"]
    assert gallery.get(f"/v1/photos/{name}/small").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"words": "?!"}, "'?!' has no word; type one, for example: two dogs on a beach"),
        ({"words": ""}, "'' has no word; type one, for example: two dogs on a beach"),
        ({"words": "zebras"}, "the model knows no word of 'zebras'; say it in words that captions have"),
        ({"words": "x" * 301}, "words: String should have at most 300 characters"),
        ({"words": QUERY, "top": 0}, "top: Input should be greater than or equal to 1"),
        ({}, "words: Field required"),
        ({"words": QUERY, "index": "/etc"}, "index: Extra inputs are not permitted"),
    ],
)
def test_words_that_are_none_are_refused(gallery, given, said):
    refused = gallery.get("/v1/photos/found", params=given)
    assert (refused.status_code, refused.json()) == (422, {"error": said})


def test_photos_that_vanish_or_lead_out_are_left_out(gallery, folder, tmp_path):
    gallery.get("/v1/photos")
    far(gallery)
    first, second, *others = [hit["photo"]["label"] for hit in ask(gallery).json()["hits"]]
    (folder / first).unlink()
    (folder / second).rename(tmp_path / "outside.png")
    (folder / second).symlink_to(tmp_path / "outside.png")
    assert [hit["photo"]["label"] for hit in ask(gallery).json()["hits"]] == others
    assert gallery.get("/v1/photos").json()["total"] == TOTAL - 2
    assert far(gallery)["known"] == TOTAL - 2


def test_what_cannot_be_read_is_not_known(gallery, folder):
    for photo in folder.iterdir():
        photo.write_bytes(b"no photo")
    assert ask(gallery).json()["error"] == (
        "there is no photo to search; open the gallery first, or put photos into its folder"
    )
    gallery.get("/v1/photos")
    assert far(gallery)["known"] == 0
    refused = ask(gallery)
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        "none of these photos can be read, so none can be searched",
    )


def test_it_is_searched_among_what_is_known_so_far(gallery, monkeypatch):
    """The first question comes before any photo is known, the second when some are."""
    replies: list[Response] = []
    seen, look = [], Index.update

    def slow(index, photos, *, below=(), progress=lambda done, total: None):
        def wait(done, total):
            progress(done, total)
            seen.append(gallery.app.state.finder.known.known)
            while len(replies) < 2 and 1 < seen[-1] < TOTAL:
                time.sleep(0.01)
                progress(done, total)

        while not replies:
            time.sleep(0.01)
            progress(0, TOTAL)
        return look(index, photos, below=below, progress=wait)

    monkeypatch.setattr("captioner.folders.finding.index.BATCH", 1)
    monkeypatch.setattr(Index, "update", slow)
    gallery.get("/v1/photos")
    replies.append(ask(gallery))
    assert (replies[0].status_code, replies[0].json()["error"]) == (
        409,
        f"no photo can be searched yet: none of {TOTAL} is known so far; wait a little, then try again",
    )
    assert not far(gallery, lambda known: known["known"] > 1)["done"]
    replies.append(ask(gallery))
    found = replies[1].json()
    assert 1 < len(found["hits"]) == found["searched"]["known"] < TOTAL
    assert far(gallery)["known"] == TOTAL
    assert seen == sorted(seen)


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_another_program_has_its_turn(gallery, tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "PAUSE", 0.01)
    (tmp_path / "index").mkdir()
    (tmp_path / "index/lock").touch()
    held = lock(tmp_path / "index/lock")
    gallery.get("/v1/photos")
    assert far(gallery, lambda known: known["trouble"])["trouble"] == finding.TAKEN
    assert (ask(gallery).status_code, ask(gallery).json()["error"]) == (409, finding.TAKEN)
    release(held)
    assert far(gallery) == {"known": TOTAL, "total": TOTAL, "done": True, "trouble": ""}


def test_a_damaged_index_is_told_and_is_made_again_once_it_is_removed(gallery, tmp_path, caplog):
    (tmp_path / "index").write_bytes(b"no folder")
    gallery.get("/v1/photos")
    assert far(gallery, lambda known: known["trouble"])["trouble"] == finding.BROKEN
    assert "index" in caplog.text
    (tmp_path / "index").unlink()
    ask(gallery)
    assert far(gallery)["known"] == TOTAL
    (tmp_path / "index/grid.rows").write_bytes(b"")
    assert (ask(gallery).status_code, ask(gallery).json()["error"]) == (409, finding.BROKEN)


def test_nothing_but_the_index_is_written(gallery, folder, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    gallery.get("/v1/photos")
    far(gallery)
    ask(gallery)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert after == {path: time for path, time in before.items() if path.is_relative_to(folder) and path != folder}
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "index"}


def test_a_model_without_captions_cannot_search(folder, tmp_path):
    bundle = two_heads.save(tmp_path / "bundle", captions=False)
    app = create_app(load(bundle), Limits(), folder=bundle, shelf=Shelf(folder), index=tmp_path / "index")
    with TestClient(app, HERE) as client:
        assert not client.get("/v1/photos").json()["search"]
        assert (ask(client).status_code, ask(client).json()["error"]) == (
            422,
            "this server cannot search photos: its model was not trained on captions",
        )


def test_the_description_has_the_search(gallery):
    described = gallery.get("/openapi.json").json()["paths"]
    assert {"/v1/photos/found", "/v1/photos/known"} <= described.keys()
    assert "/v1/photos/found?words=two" in gallery.get("/docs").text
