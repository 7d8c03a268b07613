"""The application: the endpoints, the page, and one shape for every refusal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.requests import ClientDisconnect

from captioner import __version__
from captioner.folders.writing.shelf import Shelf
from captioner.inference import Captioner, Judge
from captioner.serving.web.guards import NOSNIFF, OWN, Guarded, Hosts
from captioner.serving.web.logs import GONE, Watched
from captioner.serving.web.routes.api import router
from captioner.serving.web.routes.card import model_card
from captioner.serving.web.routes.gallery import gallery
from captioner.serving.web.routes.pages import pages
from captioner.serving.web.routes.searching import searching
from captioner.serving.work.finding import Finder
from captioner.serving.work.service import Service
from captioner.serving.work.settings import Limits


async def refused(_: Request, error: Exception) -> Response:
    """Every refusal has one shape."""
    assert isinstance(error, AnyHTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def malformed(_: Request, error: Exception) -> Response:
    """Settings that are not what they should be."""
    assert isinstance(error, RequestValidationError)
    reasons = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()]
    return JSONResponse({"error": "; ".join(reasons)}, 422)


async def gone(_: Request, __: Exception) -> Response:
    """Nobody reads this; it is there for the log."""
    return Response(status_code=GONE)


async def failed(_: Request, __: Exception) -> Response:
    """The log has the traceback."""
    return JSONResponse({"error": "the server failed; its log says why"}, 500, headers=NOSNIFF)


@asynccontextmanager
async def living(app: FastAPI) -> AsyncIterator[None]:
    """The life of the application: at its end, what was accepted is finished."""
    finder: Finder | None = app.state.finder
    with finder.running() if finder else nullcontext():
        async with app.state.service.running(app):
            yield


def create_app(
    captioner: Captioner,
    limits: Limits,
    *,
    folder: Path,
    hosts: Hosts = OWN,
    shelf: Shelf | None = None,
    index: Path | None = None,
) -> FastAPI:
    """The application for one bundle.

    Args:
        captioner: the bundle, opened.
        limits: what is accepted.
        folder: of the bundle; its name and its README.md are the model card's.
        hosts: the names by which browsers may call the service.
        shelf: photos of this machine for the gallery; without it, there is no gallery.
        index: folder where what the model saw of them is kept; without it, they cannot be searched.

    Raises:
        ValueError: the bundle's README.md is not what it seems.
    """
    service = Service(captioner, limits, model_card(captioner, limits, folder))
    app = FastAPI(
        title="captioner",
        version=__version__,
        description="Captions and answers with attention. Photos are not kept, and the log does not tell of them.",
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            AnyHTTPException: refused,
            RequestValidationError: malformed,
            ClientDisconnect: gone,
            Exception: failed,
        },
    )
    app.state.service, app.state.finder = service, None
    app.include_router(router)
    app.include_router(pages)
    if shelf is not None:
        app.state.shelf = shelf
        if index is not None and "captions" in captioner.bundle.heads:
            app.state.finder = Finder(Judge(captioner), shelf, index)
        app.include_router(searching)
        app.include_router(gallery)
    app.add_middleware(Guarded, hosts=hosts)
    app.add_middleware(Watched, metrics=service.metrics)
    return app
