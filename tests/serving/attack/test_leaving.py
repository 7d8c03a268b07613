"""Clients that leave, and the end of the service: nothing goes on that nobody waits for."""

import json
import logging
import signal
import socket
import threading
import time
import urllib.request
import warnings
from urllib.parse import urlsplit

import numpy as np
import pytest

from captioner.decoding.settings import Decoding
from captioner.inference.engines.stopping import Stopped
from captioner.serving.web import server
from tests.serving.attack.test_connections import POST, connect
from tests.serving.conftest import photo
from tests.serving.web.test_server import start, until


def test_a_search_asks_before_each_word(model):
    asked: list[None] = []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > 3

    pixels = np.zeros((2, 3, 32, 32), np.float32)
    with pytest.raises(Stopped):
        model.engine.search(pixels, Decoding("greedy", min_words=9), first=0, stop=stop)
    assert len(asked) == 4
    (plain, _) = model.engine.search(pixels, Decoding("beam", beam=3), first=0)
    (same, _) = model.engine.search(pixels, Decoding("beam", beam=3), first=0, stop=lambda: False)
    assert plain[0].words == same[0].words


def test_the_search_for_one_who_left_stops(serve, monkeypatch):
    served = serve()
    service = served.app.state.service
    begun, network = threading.Event(), service.model.engine.network
    speak = network.speak

    def slowly(*given):
        begun.set()
        time.sleep(0.05)
        return speak(*given)

    monkeypatch.setattr(network, "speak", slowly)
    with connect(served) as leaving:
        leaving.sendall(POST.replace(b"caption", b"caption?max_words=60&min_words=60"))
        leaving.sendall(b"Content-Length: %d\r\n\r\n" % len(photo()) + photo())
        assert begun.wait(20)
    until(lambda: service.network.taken == 0)
    until(lambda: service.metrics.registry.get_sample_value("captioner_searches_stopped_total") == 1)


@pytest.mark.slow
def test_the_end_comes_within_seconds_whatever_clients_do(bundle):
    process, where = start(bundle, "--ending=2")
    place = urlsplit(where)
    with urllib.request.urlopen(f"{where}v1/health", timeout=60) as reply:
        assert reply.status == 200
    held = [socket.create_connection((place.hostname, place.port), timeout=20) for _ in range(4)]
    held[1].sendall(b"GET / HTTP/1.1\r\nHost:")
    held[2].sendall(POST + b"Content-Length: 100\r\n\r\nabc")
    held[3].sendall(b"GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
    time.sleep(1)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    took = time.monotonic() - began
    _, log = process.communicate()
    assert took < 10, log
    assert held[2].recv(9999).startswith(b"HTTP/1.1 503 ")
    assert all(json.loads(line)["event"] for line in log.splitlines())
    assert "traceback" not in log


def test_warnings_are_lines_of_the_log_too(monkeypatch, capsys):
    class Nothing:
        def run(self, sockets):
            warnings.warn("a glyph is missing", UserWarning, stacklevel=1)

    monkeypatch.setattr(server, "server", lambda app: Nothing())
    warned = logging.getLogger("py.warnings")
    monkeypatch.setattr(logging, "basicConfig", lambda handlers, **_: warned.addHandler(*handlers))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            server.run(None, None)  # type: ignore[arg-type]
    finally:
        logging.captureWarnings(False)
        warned.handlers.clear()
    lines = capsys.readouterr().err.splitlines()
    assert "a glyph is missing" in json.loads(lines[0])["event"]
