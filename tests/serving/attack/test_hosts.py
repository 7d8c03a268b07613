"""Names by which the server is called, pages that ask it, and what every answer carries."""

import pytest

from captioner.serving.web.guards import OWN, Hosts
from tests.serving.conftest import photo


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]", "localhost."])
def test_a_server_knows_its_own_names(host):
    assert OWN.known(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8000", "localhost.evil.example", "a@localhost", "localhost:x", "localhost/x"),
        *("[::2]", "::1", "127.0.0.1.evil.example", "192.168.0.7", "a b", ""),
    ],
)
def test_and_no_others(host):
    assert not OWN.known(host)


def test_a_server_for_all_is_called_by_any_address_but_by_allowed_names_only():
    hosts = Hosts.at("0.0.0.0", ["Captions.Example"])
    assert all(map(hosts.known, ["192.168.0.7:8000", "[fe80::1]", "captions.example:443", "localhost"]))
    assert not hosts.known("evil.example")
    assert Hosts.at("::1").known("[::1]:5")
    assert Hosts.at("127.0.0.1", ["*"]).known("evil.example")


@pytest.mark.parametrize("name", ["https://captions.example", "a b", "", "captions.example:443"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="is no name of a server"):
        Hosts.at("127.0.0.1", [name])


def test_pages_of_others_may_not_ask():
    assert OWN.may_ask("http://localhost:8000", "localhost:8000")
    assert not OWN.may_ask("http://localhost:3000", "localhost:8000")
    assert not OWN.may_ask("null", "localhost:8000")
    assert Hosts.at("127.0.0.1", ["captions.example"]).may_ask("https://captions.example", "127.0.0.1:8000")


@pytest.mark.parametrize("path", ["/", "/v1/health", "/v1/model", "/metrics", "/openapi.json", "/nothing"])
def test_a_name_that_was_bound_to_this_machine_gets_nothing(client, path):
    reply = client.get(path, headers={"Host": "evil.example:8000"})
    assert reply.status_code == 421
    assert reply.json()["error"].startswith("this server is not called 'evil.example:8000'")


def test_a_page_of_another_address_gets_nothing(client):
    reply = client.post("/v1/caption", content=photo(), headers={"Origin": "https://evil.example"})
    assert reply.status_code == 403
    assert reply.json()["error"].startswith("pages of 'https://evil.example' may not ask this server")
    assert client.post("/v1/caption", content=photo(), headers={"Origin": "http://localhost"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/assets/main.js", "/docs", "/metrics", "/v1/health", "/v1/model", "/nothing"])
def test_head_is_get_without_a_body_and_no_answer_may_be_guessed_at(client, path):
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    if path != "/metrics":  # which counts the requests before it
        assert head.headers["content-length"] == get.headers["content-length"]
    assert get.headers["x-content-type-options"] == head.headers["x-content-type-options"] == "nosniff"


def test_what_fails_and_what_is_refused_may_not_be_guessed_at_either(client, monkeypatch):
    assert client.post("/v1/caption", content=b"x").headers["x-content-type-options"] == "nosniff"
    assert client.head("/v1/caption").status_code == 405
    monkeypatch.setattr(client.app.state.service.network, "work", None)
    reply = client.post("/v1/caption", content=photo())
    assert (reply.status_code, reply.headers["x-content-type-options"]) == (500, "nosniff")
