"""A server of its own: its address, early refusals over a real connection, clients that leave, and its end."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from captioner.cli.main import main
from captioner.serving.web.server import address, listen
from tests.serving.conftest import photo


def connect(served) -> socket.socket:
    place = urlsplit(served.address)
    return socket.create_connection((place.hostname, place.port), timeout=20)


def request(length: int) -> bytes:
    return f"POST /v1/caption HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()


def until(condition) -> None:
    """Waits for something that happens on another thread."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_large_upload_is_refused_before_it_is_sent(serve):
    with connect(serve()) as connection:
        connection.sendall(request(10**9))
        assert connection.recv(9999).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_unknown_length_is_refused_before_it_ends(serve):
    with connect(serve(megabytes=0.05)) as connection:
        connection.sendall(b"POST /v1/caption HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall((b"2710\r\n" + bytes(10_000) + b"\r\n") * 6)
        assert connection.recv(9999).startswith(b"HTTP/1.1 413 ")


def test_a_slow_upload_is_given_up(serve):
    with connect(serve(patience=0.1)) as connection:
        connection.sendall(request(100) + b"half")
        assert connection.recv(9999).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_leaves_frees_its_place(serve, monkeypatch):
    served = serve()
    service = served.app.state.service
    go, work = threading.Event(), service.network.work
    monkeypatch.setattr(service.network, "work", lambda *given: (go.wait(20), work(*given))[1])
    for body, there in (
        (photo(), lambda: service.network.taken),  # one that waits for the network
        (photo()[:20], lambda: service.arriving.photos),  # one whose photo is still coming
    ):
        connection = connect(served)
        connection.sendall(request(len(photo())) + body)
        until(lambda there=there: there() == 1)
        connection.close()
        until(lambda there=there: there() == 0)
    assert service.arriving.bytes == 0
    go.set()


def start(bundle, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """The command in a process of its own, and the address that it prints."""
    command = [sys.executable, "-m", "captioner.cli.main", "serve", "--model", str(bundle), "--port=0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().split()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_end_finishes_what_was_accepted(bundle, end):
    process, where = start(bundle)
    place = urlsplit(where)
    uploading = socket.create_connection((place.hostname, place.port), timeout=20)
    uploading.sendall(request(len(photo())) + photo()[:-1])

    def arriving() -> bool:
        with urllib.request.urlopen(f"{where}metrics", timeout=20) as reply:
            return b"captioner_photos_arriving 1.0" in reply.read()

    until(arriving)
    process.send_signal(end)
    time.sleep(0.3)
    uploading.sendall(photo()[-1:])
    assert uploading.recv(9999).startswith(b"HTTP/1.1 200 ")
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert sum(line.get("path") == "/v1/caption" and line["status"] == 200 for line in lines) == 1


def test_an_address_that_is_taken_is_told(bundle, capsys):
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert main(["serve", "--model", str(bundle), "--port", str(port)]) == 2
    sentence = f"127.0.0.1 port {port} cannot be listened at (Address already in use)"
    assert capsys.readouterr().err == f"captioner serve: {sentence}; give another --host or --port, 0 picks one\n"


def test_a_port_that_cannot_be_is_told():
    with pytest.raises(OSError, match="port 99999 cannot be listened at"):
        listen("127.0.0.1", 99999)


def test_addresses_are_what_a_browser_wants():
    with listen("0.0.0.0", 0) as listening:
        assert address(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with listen("127.0.0.1", 0) as listening:
        assert address(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}/"
