"""The endpoints: what they answer, and every refusal in its own words."""

import io
import json
import re
import threading
import warnings
from zlib import crc32

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from captioner.cli.main import main
from captioner.inference import load
from captioner.photos.reading import FORMATS
from captioner.serving.web.app import create_app
from captioner.serving.work.settings import Limits
from tests import two_heads
from tests.serving.conftest import HERE, photo

NO_PHOTO = f"this file is not a photo that can be read ({', '.join(FORMATS)})"


@pytest.mark.parametrize("query", ["", "n_best=2&length_exponent=0", "method=sample&seed=3&n_best=2", "method=greedy"])
def test_captions_are_those_of_the_command_line(client, bundle, tmp_path, capsys, query):
    (tmp_path / "a.jpg").write_bytes(photo("blue", (300, 200), "JPEG"))
    flags = [f"--{part.replace('_', '-')}" for part in query.split("&") if part]
    assert main(["caption", "--model", str(bundle), str(tmp_path / "a.jpg"), "--json", *flags]) == 0
    line = json.loads(capsys.readouterr().out)
    reply = client.post(f"/v1/caption?{query}", content=(tmp_path / "a.jpg").read_bytes())
    assert reply.status_code == 200
    said = reply.json()
    assert [each["caption"] for each in said["n_best"]] == [each["caption"] for each in line["n_best"]]
    for name in ("score", "log_probability"):
        api, command = ([each[name] for each in given["n_best"]] for given in (said, line))
        np.testing.assert_allclose(api, command, rtol=1e-5)
    assert said["caption"] == line["caption"]


def test_answers_are_those_of_the_command_line(client, bundle, tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(photo())
    assert main(["ask", "--model", str(bundle), str(tmp_path / "a.png"), "what is the quux?", "--json", "--top=3"]) == 0
    line = json.loads(capsys.readouterr().out)
    reply = client.post("/v1/ask", params={"question": ["what is the quux?", "what"], "top": 3}, content=photo())
    assert reply.status_code == 200
    first, second = reply.json()["answers"]
    for name in ("question", "answer", "unknown"):
        assert first[name] == line[name]
    assert [each["answer"] for each in first["top"]] == [each["answer"] for each in line["top"]]
    api, command = ([each["probability"] for each in said["top"]] for said in (first, line))
    np.testing.assert_allclose(api, command, rtol=1e-5)
    assert first["words"] == ["what", "is", "the", "<unk>", "glimpse 1", "glimpse 2"]
    assert second["question"] == "what"


def test_a_form_is_as_good_as_the_bytes_alone(client):
    alone = client.post("/v1/caption", content=photo()).json()
    assert client.post("/v1/caption", files={"photo": ("a.png", photo())}).json() == alone


def test_attention_is_given_as_weights_or_pictures(client):
    weights = client.post("/v1/caption?attention=weights&max_words=4", content=photo()).json()["n_best"][0]
    p = np.array(weights["attention"])
    assert len(p) == len(weights["words"])
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)
    drawn = client.post("/v1/caption?attention=pictures&max_words=4", content=photo()).json()["n_best"][0]
    assert [each["word"] for each in drawn["pictures"]] == weights["words"]
    assert all(each["cover"].startswith("data:image/png;base64,") for each in drawn["pictures"])
    assert "attention" not in drawn
    asked = client.post("/v1/ask?question=what+is&attention=weights", content=photo()).json()["answers"][0]
    assert len(asked["attention"]) == len(asked["words"]) == 4


@pytest.mark.parametrize("asked", [{}, {"caption": "the table"}, {"question": "what is it"}])
def test_attention_is_drawn_to_be_kept(client, asked):
    picture = client.post("/v1/draw", params={"max_words": 3, **asked}, content=photo())
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).width > 300
    page = client.post("/v1/draw", params={"max_words": 3, "format": "html", **asked}, content=photo())
    assert page.text.startswith("<!doctype html>")
    assert "<figure" in page.text
    assert page.headers["content-disposition"] == "attachment; filename=attention.html"


def test_what_a_browser_cannot_show_is_shown(client):
    shown = client.post("/v1/show", content=photo("blue", size=(2400, 600), kind="TIFF"))
    assert shown.headers["content-type"] == "image/jpeg"
    picture = Image.open(io.BytesIO(shown.content))
    assert picture.size == (1600, 400)
    assert np.array(picture)[0, 0] == pytest.approx([0, 0, 255], abs=3)
    for content in (b"no photo", photo(size=(9000, 9000))):  # is refused as when it is to be captioned
        shown, captioned = (client.post(f"/v1/{kind}", content=content) for kind in ("show", "caption"))
        assert shown.status_code == captioned.status_code >= 413
        assert shown.json() == captioned.json()


def test_health_and_the_model_card(client, bundle, model):
    assert client.get("/v1/health").json() == {"status": "ok"}
    card = client.get("/v1/model").json()
    assert card["name"] == bundle.name
    assert card["heads"] == ["captions", "answers"]
    assert card["answers"] == 4
    assert card["limits"]["megabytes"] == 20
    assert card["card"] is None


def test_the_model_card_tells_no_path_of_the_machine(model, tmp_path):
    folder = two_heads.save(tmp_path / "run" / "bundle")
    config = json.loads((folder / "config.json").read_text())
    config["about"] = {"made": "today", "train": {"file": "/secret/captions.json"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "README.md").write_text("A card.")
    with TestClient(create_app(load(folder), Limits(), folder=folder), HERE) as client:
        reply = client.get("/v1/model")
    assert reply.json()["about"] == {"made": "today"}
    assert (reply.json()["name"], reply.json()["card"]) == ("run", "A card.")
    assert "secret" not in reply.text


def test_an_application_may_end_and_begin_again(model, bundle):
    app = create_app(model, Limits(), folder=bundle)
    for _ in range(2):
        with TestClient(app, HERE) as client:
            assert client.post("/v1/caption", content=photo()).status_code == 200


def many_pixels() -> bytes:
    """A small file that claims to be a huge photo."""
    png = bytearray(photo())
    png[16:24] = (100_000).to_bytes(4, "big") * 2
    png[29:33] = crc32(png[12:29]).to_bytes(4, "big")
    return bytes(png)


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("caption", b"no photo", 422, NO_PHOTO),
        ("caption", b"", 422, "the photo is empty; send its bytes as the body, or as the file `photo` of a form"),
        ("caption", photo(size=(300, 300)), 413, "the photo has more than 0.05 megapixels; send a smaller one"),
        ("caption", many_pixels(), 413, "the photo has more than 0.05 megapixels; send a smaller one"),
        ("caption", bytes(200_001), 413, "the photo is larger than 0.2 MB; send a smaller one"),
        (
            "caption?n_best=4",
            photo(),
            422,
            "n_best is 4 and beam 3; a beam search finds at most beam captions",
        ),
        ("caption?beam=0", photo(), 422, "beam: Input should be greater than or equal to 1"),
        ("caption?beams=2", photo(), 422, "beams: Extra inputs are not permitted"),
        ("ask", photo(), 422, "question: Field required"),
        ("draw?caption=a&question=b", photo(), 422, "caption and question are two pictures: give one of them"),
        ("draw?caption=%3F", photo(), 422, "the caption '?' has no word; type one, for example: a dog runs"),
        ("nothing", photo(), 404, "Not Found"),
    ],
)
def test_every_refusal_is_one_sentence(model, bundle, path, body, status, sentence):
    app = create_app(model, Limits(megabytes=0.2, megapixels=0.05), folder=bundle)
    with TestClient(app, HERE) as client:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            reply = client.post(f"/v1/{path}", content=body)
        assert reply.json() == {"error": sentence}
        assert reply.status_code == status
        assert app.state.service.network.taken == 0


def test_a_damaged_photo_is_told(client):
    reply = client.post("/v1/caption", content=photo("red", (300, 200), "JPEG")[:-900])
    assert reply.status_code == 422
    assert reply.json()["error"].startswith("this file is damaged: ")


@pytest.mark.parametrize(
    ("files", "status", "sentence"),
    [
        ({"picture": ("a.png", photo())}, 422, "the form has no file named photo"),
        (
            [("photo", photo()), ("photo", photo())],
            400,
            "the form cannot be read (Too many files. Maximum number of files is 1); send the file photo alone",
        ),
    ],
)
def test_a_form_without_one_photo_is_told(client, files, status, sentence):
    reply = client.post("/v1/caption", files=files)
    assert (reply.status_code, reply.json()) == (status, {"error": sentence})


def test_a_field_beside_the_photo_is_named(client):
    reply = client.post("/v1/caption", files={"photo": ("a.png", photo())}, data={"beam": "3"})
    assert reply.status_code == 422
    assert reply.json()["error"] == (
        "the form has the field 'beam' beside the file photo; leave it out: "
        "settings stand in the address, as in ?beam=3"
    )


def test_a_broken_form_is_told(client):
    reply = client.post("/v1/caption", content=b"x", headers={"content-type": "multipart/form-data"})
    assert (reply.status_code, reply.json()) == (
        400,
        {"error": "the form cannot be read (Missing boundary in multipart); send the file photo alone"},
    )


@pytest.mark.parametrize(
    ("path", "missing", "sentence"),
    [
        (
            "ask?question=what",
            {"answers": False},
            "this model cannot answer questions: it was trained without questions; use one trained with them",
        ),
        (
            "draw?question=what",
            {"answers": False},
            "this model cannot answer questions: it was trained without questions; use one trained with them",
        ),
        (
            "caption",
            {"captions": False},
            "this model cannot caption photos: it was trained without captions; use one trained with them",
        ),
    ],
)
def test_what_the_bundle_was_not_trained_for_is_told(tmp_path, path, missing, sentence):
    folder = two_heads.save(tmp_path, **missing)
    with TestClient(create_app(load(folder), Limits(), folder=folder), HERE) as client:
        reply = client.post(f"/v1/{path}", content=photo())
    assert (reply.status_code, reply.json()) == (422, {"error": sentence})


def test_a_full_house_says_when_to_come_back(client):
    network = client.app.state.service.network
    network.places = 0
    reply = client.post("/v1/caption", content=photo())
    assert reply.status_code == 503
    assert reply.headers["retry-after"] == "1"
    assert reply.json() == {"error": "the server is full (0 requests at once); try again in 1 s"}


def test_a_network_that_is_too_slow_is_told(model, bundle, monkeypatch):
    go = threading.Event()
    app = create_app(model, Limits(patience=0.2), folder=bundle)
    network = app.state.service.network
    work = network.work
    monkeypatch.setattr(network, "work", lambda *given: (go.wait(20), work(*given))[1])
    with TestClient(app, HERE) as client:
        reply = client.post("/v1/caption", content=photo())
        go.set()
    assert reply.status_code == 503
    assert reply.headers["retry-after"] == "1"
    assert reply.json() == {"error": "no answer within 0.2 s; try again in 1 s"}


def test_what_fails_inside_is_told_without_its_inside(client, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(client.app.state.service.network, "work", fail)
    reply = client.post("/v1/caption", content=photo())
    assert (reply.status_code, reply.json()) == (500, {"error": "the server failed; its log says why"})
    assert client.get("/v1/health").status_code == 200


def test_the_api_is_described_for_people_and_programs(client):
    described = client.get("/openapi.json").json()
    kinds = ("caption", "ask", "draw", "show", "health", "model")
    assert set(described["paths"]) == {f"/v1/{kind}" for kind in kinds}
    page = client.get("/docs")
    assert page.status_code == 200
    for path, operations in described["paths"].items():
        assert path in page.text
        for operation in operations.values():
            assert all(each["name"] in page.text for each in operation.get("parameters", []))
    assert "src=" not in page.text


def test_the_page_and_all_that_it_names_are_there_and_nothing_is_from_outside(client):
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    named = set(re.findall(r'(?:src|href)="([^"]+)"', page.text))
    named |= {f"assets/{name}" for name in ("card.js", "client.js", "settings.js")}
    for name in named:
        assert not name.startswith(("http", "//", "/"))
        assert client.get(f"/{name}").status_code == 200
    assert client.get("/assets/nothing.js").status_code == 404
