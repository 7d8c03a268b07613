"""A bundle with both heads behind the service: in this process, or at an address of this machine."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from captioner.inference import Captioner, load
from captioner.serving.web.app import create_app
from captioner.serving.web.server import address, listen, server
from captioner.serving.work.settings import Limits
from tests import two_heads

HERE = "http://localhost"  # as a browser of this machine calls it


def photo(colour: str = "red", size: tuple[int, int] = (60, 40), kind: str = "PNG") -> bytes:
    """The file of a plain photo."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory) -> Path:
    return two_heads.save(tmp_path_factory.mktemp("served") / "both")


@pytest.fixture(scope="session")
def model(bundle) -> Captioner:
    return load(bundle)


@pytest.fixture
def client(model, bundle) -> Iterator[TestClient]:
    app = create_app(model, Limits(), folder=bundle)
    with TestClient(app, HERE, raise_server_exceptions=False) as client:
        yield client


@dataclass
class Served:
    """An application at an address."""

    app: FastAPI
    address: str


@contextmanager
def serving(app: FastAPI) -> Iterator[Served]:
    """Serves in a thread of this process."""
    with listen("127.0.0.1", 0) as listening:
        serves = server(app)
        thread = threading.Thread(target=serves.run, args=([listening],))
        thread.start()
        try:
            while not serves.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield Served(app, address(listening))
        finally:
            serves.should_exit = True
            thread.join(20)


@pytest.fixture
def serve(model, bundle) -> Iterator[Callable[..., Served]]:
    """Serves the model, or another bundle, with some limits until the test is over."""
    with ExitStack() as stack:

        def begin(other: Path | None = None, **limits: Any) -> Served:
            app = create_app(
                model if other is None else load(other), Limits(**limits), folder=bundle if other is None else other
            )
            return stack.enter_context(serving(app))

        yield begin
