"""The gallery: what is served and written, and that nothing else can be reached."""

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from captioner.folders.writing.shelf import Shelf
from captioner.serving.web.app import create_app
from captioner.serving.work.settings import Limits
from tests.serving.conftest import HERE, photo


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos/sub").mkdir(parents=True)
    (tmp_path / "photos/wide.jpg").write_bytes(photo("red", (400, 100), "JPEG"))
    (tmp_path / "photos/sub/broken.png").write_bytes(b"no photo")
    (tmp_path / "secret.png").write_bytes(photo())
    return tmp_path / "photos"


@pytest.fixture(params=[True, False], ids=["edit", "read"])
def gallery(request, model, bundle, folder):
    app = create_app(model, Limits(), folder=bundle, shelf=Shelf(folder, edit=request.param))
    with TestClient(app, HERE, raise_server_exceptions=False) as client:
        yield client, request.param


def test_photos_are_listed_shown_and_captioned(gallery, folder):
    client, edit = gallery
    assert "<title>captioner: photos</title>" in client.get("/gallery").text
    listed = client.get("/v1/photos").json()
    assert (listed["total"], listed["edit"]) == (2, edit)
    broken, wide = listed["photos"]
    assert (wide["label"], wide["caption"], broken["label"]) == ("wide.jpg", "", "sub/broken.png")
    assert client.get("/v1/photos", params={"first": 200}).json()["photos"] == []
    small = client.get(f"/v1/photos/{wide['name']}/small")
    assert Image.open(io.BytesIO(small.content)).size == (320, 80)
    assert Image.open(io.BytesIO(client.get(f"/v1/photos/{wide['name']}/large").content)).size == (400, 100)
    refused = client.get(f"/v1/photos/{broken['name']}/small")
    assert (refused.status_code, refused.json()["error"][:40]) == (422, "broken.png is not a photo that can be re")
    told = client.put(f"/v1/photos/{wide['name']}/caption", content="빨강")
    sidecar = folder / "wide.jpg.xmp"
    if edit:
        assert told.json() == {**wide, "caption": "빨강", "by": "person"}
        assert client.get("/v1/photos").json()["photos"][1]["caption"] == "빨강"
    else:
        assert (told.status_code, sidecar.exists()) == (422, False)


def test_nothing_outside_is_reached_or_written(gallery, folder):
    client, _ = gallery
    name = client.get("/v1/photos").json()["photos"][1]["name"]
    before = sorted(folder.parent.rglob("*"))
    for path in ("../secret.png", "%2e%2e%2fsecret.png", "secret.png", "x" * 24):
        assert client.get(f"/v1/photos/{path}/small").status_code == 404
        assert client.put(f"/v1/photos/{path}/caption", content="x").status_code in (404, 422)
    assert client.get(f"/v1/photos/{name}/original").status_code == 404
    assert client.put(f"/v1/photos/{name}/caption", content=b"x" * 50_000).status_code == 413
    assert client.put(f"/v1/photos/{name}/caption", content=b"\xff").status_code == 422
    elsewhere = {"Origin": "http://elsewhere.example"}
    assert client.put(f"/v1/photos/{name}/caption", content="x", headers=elsewhere).status_code == 403
    assert sorted(folder.parent.rglob("*")) == before


def test_without_photos_there_is_no_gallery(client):
    assert client.get("/gallery").status_code == client.get("/v1/photos").status_code == 404
