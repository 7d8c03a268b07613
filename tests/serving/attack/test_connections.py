"""Over real connections: what is too large, too slow, unfinished, unread, or too many."""

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from captioner.serving.web import connections, server
from tests.serving.conftest import photo

HEALTH = b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/caption HTTP/1.1\r\nHost: localhost\r\n"


def connect(served) -> socket.socket:
    place = urlsplit(served.address)
    return socket.create_connection((place.hostname, place.port), timeout=20)


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    said = b""
    try:
        while part := connection.recv(65536):
            said += part
    except ConnectionError:
        pass
    return said


def cut(connection: socket.socket, more: bytes) -> bool:
    """Sends without reading; whether the server ends it."""
    try:
        for _ in range(10**4):
            connection.sendall(more)
            time.sleep(0.002)
    except ConnectionError:
        return True
    return False


def refusal(said: bytes) -> tuple[int, str]:
    """Status and sentence of an answer of the protocol itself."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"x-content-type-options: nosniff" in head.lower()
    return int(head.split()[1]), json.loads(body)["error"]


def well(served) -> bool:
    with connect(served) as connection:
        connection.sendall(HEALTH)
        return connection.recv(9999).startswith(b"HTTP/1.1 200 ")


def counted(served, during: str) -> float:
    registry = served.app.state.service.metrics.registry
    return registry.get_sample_value("captioner_connections_closed_total", {"during": during}) or 0


@pytest.mark.parametrize(
    "flood",
    [b"GET /" + b"a" * 10**6, HEALTH[:-2] + b"X: " + b"a" * 10**6, HEALTH[:-2] + b"A: b\r\n" * 10**5],
    ids=["address", "header", "headers"],
)
def test_a_head_without_end_is_refused_when_it_is_too_large(serve, flood):
    served = serve()
    with connect(served) as connection:
        try:
            connection.sendall(flood)
        except ConnectionError:
            return  # it was closed long before; what it said is lost
        status, sentence = refusal(heard(connection))
    assert (status, sentence) == (431, "the head of the request is larger than 16384 bytes")
    assert well(served)


@pytest.mark.parametrize(
    "garbage",
    [
        bytes(range(256)),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"GET /v1/health HTTP/1.1\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx",
        POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        POST + b"Content-Length : 3\r\n\r\nabc",
    ],
)
def test_what_is_no_http_is_refused_in_one_sentence(serve, garbage):
    served = serve()
    with connect(served) as connection:
        connection.sendall(garbage)
        status, sentence = refusal(heard(connection))
    assert (status, sentence) == (400, "this is not HTTP as the server reads it")
    assert well(served)


def test_a_head_that_drips_and_a_silent_connection_end(serve, monkeypatch):
    monkeypatch.setattr(connections, "HEAD", 0.3)
    served = serve()
    with connect(served) as silent, connect(served) as dripping:
        began = time.monotonic()
        dripping.sendall(b"GET /v1/health HTTP/1.1\r\n")
        while not counted(served, "head") and time.monotonic() < began + 20:
            dripping.sendall(b"A")
            time.sleep(0.02)
        status, _ = refusal(heard(dripping))
        assert status == 408
        assert heard(silent) == b""
    assert counted(served, "head") == 2


def test_a_connection_that_is_not_used_any_more_ends_and_no_byte_prolongs_a_second_head(serve, monkeypatch):
    monkeypatch.setattr(connections, "IDLE", 0.3)
    monkeypatch.setattr(connections, "HEAD", 0.3)
    served = serve()
    with connect(served) as idle, connect(served) as second:
        for connection in (idle, second):
            connection.sendall(HEALTH)
        second.sendall(b"GET /")
        assert heard(idle).startswith(b"HTTP/1.1 200 ")
        assert heard(second).count(b"HTTP/1.1 ") == 2
    assert (counted(served, "idle"), counted(served, "head")) == (1, 1)


def test_the_rest_of_a_refused_upload_is_not_read_for_ever(serve, monkeypatch):
    monkeypatch.setattr(connections, "REST", 0.3)
    served = serve()
    with connect(served) as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert connection.recv(9999).startswith(b"HTTP/1.1 404 ")
        assert cut(connection, b"a" * 100)
    assert counted(served, "rest") == 1


def test_half_uploads_take_no_place_and_end(serve):
    served = serve(places=2, stall=0.5)
    halves = [connect(served) for _ in range(10)]
    for half in halves:
        half.sendall(POST + b"Content-Length: 1000000\r\n\r\nabc")
    with connect(served) as good:
        body = photo()
        good.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert good.recv(9999).startswith(b"HTTP/1.1 200 ")
    for half in halves:
        with half:
            assert b'{"error":"nothing of the photo came for 0.5 s"}' in heard(half)


def test_uploads_are_bounded_together(serve):
    served = serve(places=1, megabytes=0.1)
    with connect(served) as first, connect(served) as second:
        first.sendall(POST + b"Content-Length: 90000\r\n\r\n" + bytes(60_000))
        while served.app.state.service.arriving.bytes < 60_000:
            time.sleep(0.01)
        second.sendall(POST + b"Content-Length: 90000\r\n\r\n" + bytes(60_000))
        assert second.recv(9999).startswith(b"HTTP/1.1 503 ")


def test_one_connection_too_many_closes_the_one_that_waited_longest(serve):
    served = serve(connections=3)
    opened = []
    for _ in range(6):
        opened.append(connect(served))
        time.sleep(0.05)
    assert [heard(each) for each in opened[:3]] == [b""] * 3
    opened[-1].sendall(HEALTH)
    assert opened[-1].recv(9999).startswith(b"HTTP/1.1 200 ")
    for each in opened:
        each.close()
    assert counted(served, "crowd") == 3


def test_connections_at_work_are_not_closed_for_others(serve):
    served = serve(connections=1)
    with connect(served) as works:
        works.sendall(POST + b"Content-Length: 100\r\n\r\nabc")
        while not served.app.state.service.arriving.photos:
            time.sleep(0.01)
        with connect(served) as another:
            assert refusal(heard(another)) == (503, "the server has too many connections; try again in 1 s")
        works.sendall(bytes(97))
        assert works.recv(9999).startswith(b"HTTP/1.1 422 ")


def test_an_answer_that_nobody_reads_ends(serve, monkeypatch):
    monkeypatch.setattr(server, "SENDING", 0.3)
    served = serve(patience=0.1)
    with connect(served) as connection:
        assert cut(connection, b"GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
    assert counted(served, "work") == 1
    assert well(served)
