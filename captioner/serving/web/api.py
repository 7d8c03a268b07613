"""The application: versioned endpoints, the page, and one shape for every refusal."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.requests import ClientDisconnect

from captioner import __version__
from captioner.decoding.settings import Decoding
from captioner.folders.writing.shelf import Shelf
from captioner.inference import Captioner, Judge
from captioner.serving.web.card import model_card
from captioner.serving.web.drawing import MEDIA, Look, drawn
from captioner.serving.web.gallery import gallery
from captioner.serving.web.guards import NOSNIFF, OWN, Guarded, Hosts
from captioner.serving.web.logs import GONE, Watched
from captioner.serving.web.pages import STRICT, pages
from captioner.serving.web.replies import ask_reply, caption_reply
from captioner.serving.web.searching import searching
from captioner.serving.work.finding import Finder
from captioner.serving.work.schemas import (
    AskQuery,
    AskReply,
    CaptionQuery,
    CaptionReply,
    DrawQuery,
    Health,
    ModelReply,
    Refusal,
    Search,
)
from captioner.serving.work.seeing import Seen, TooLarge, see
from captioner.serving.work.service import Service
from captioner.serving.work.settings import Limits
from captioner.serving.work.uploads import FIELD

BYTES = {"type": "string", "format": "binary"}
PHOTO = {
    "requestBody": {
        "required": True,
        "description": f"The photo: its bytes alone, or a form with the file `{FIELD}`.",
        "content": {
            "application/octet-stream": {"schema": BYTES},
            "multipart/form-data": {
                "schema": {"type": "object", "required": [FIELD], "properties": {FIELD: BYTES}},
            },
        },
    }
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The form is broken."},
    403: {"model": Refusal, "description": "A page of another address asked."},
    408: {"model": Refusal, "description": "The photo came too slowly."},
    413: {"model": Refusal, "description": "The photo has too many bytes or pixels."},
    421: {"model": Refusal, "description": "The server was called by a name that it does not know."},
    422: {
        "model": Refusal,
        "description": "No photo, too slow to read, settings that do not go together, or nothing it was trained for.",
    },
    503: {"model": Refusal, "description": "The server is full; Retry-After says when to come back."},
}
DRAWING = "drawing this"
DRAWINGS: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {"schema": BYTES} for kind in MEDIA.values()}}}


def service_of(request: Request) -> Service:
    """The service that the application was made with."""
    service: Service = request.app.state.service
    return service


At = Annotated[Service, Depends(service_of)]
router = APIRouter(prefix="/v1")


@contextmanager
def told() -> Iterator[None]:
    """What is wrong with what was sent is told to the sender."""
    try:
        yield
    except TooLarge as error:
        raise HTTPException(413, str(error)) from None
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def decoding_of(query: Search) -> Decoding:
    """The settings that were given, or 422 when they do not go together."""
    with told():
        return query.decoding()


def need(service: Service, head: Literal["captions", "answers"]) -> None:
    """Refuses what the bundle was not trained for before anything is read."""
    with told():
        service.model.need(head)


@asynccontextmanager
async def photo_of(request: Request, service: Service) -> AsyncIterator[tuple[bytes, Seen]]:
    """The photo that was sent, as bytes and as the network sees it; errors are those of `Service.guest` and `see`."""
    async with service.guest(request) as data:
        with told():
            photo = await service.aside(
                "reading this photo", see, data, service.model.bundle.image, service.limits.megapixels
            )
        yield data, photo


@router.post("/caption", openapi_extra=PHOTO, responses=REFUSALS, response_model_exclude_none=True)
async def caption(request: Request, service: At, query: Annotated[CaptionQuery, Query()]) -> CaptionReply:
    """Say captions of a photo, best first, and on request where the network looked at every word."""
    need(service, "captions")
    decoding = decoding_of(query)
    async with photo_of(request, service) as (_, photo):
        captions = await service.captions(photo.square, decoding)
        spec = service.model.bundle.image
        if query.attention != "pictures":
            return caption_reply(captions, spec, photo.size, query.attention)
        return await service.aside(DRAWING, caption_reply, captions, spec, photo.size, query.attention)


@router.post("/ask", openapi_extra=PHOTO, responses=REFUSALS, response_model_exclude_none=True)
async def ask(request: Request, service: At, query: Annotated[AskQuery, Query()]) -> AskReply:
    """Answer questions about a photo, and on request where the network looked at every word and after the last."""
    need(service, "answers")
    async with photo_of(request, service) as (_, photo):
        answers = await service.answers(photo.square, query.question, top=query.top)
        spec = service.model.bundle.image
        if query.attention != "pictures":
            return ask_reply(answers, spec, photo.size, query.attention)
        return await service.aside(DRAWING, ask_reply, answers, spec, photo.size, query.attention)


@router.post("/draw", openapi_extra=PHOTO, responses={**REFUSALS, **DRAWINGS}, response_class=Response)
async def draw(request: Request, service: At, query: Annotated[DrawQuery, Query()]) -> Response:
    """Draw where the network looks while it captions a photo, or reads a caption or question of yours."""
    need(service, "captions" if query.question is None else "answers")
    decoding = decoding_of(query)
    if query.caption is not None and query.question is not None:
        raise HTTPException(422, "caption and question are two pictures: give one of them")
    async with photo_of(request, service) as (data, photo):
        with told():
            if query.question is not None:
                (answers,) = await service.answers(photo.square, [query.question], top=1)
                look = Look(f"{answers.question} {answers.text}", *answers.steps)
            else:
                said = (
                    (await service.captions(photo.square, decoding))[0]
                    if query.caption is None
                    else await service.explained(photo.square, query.caption)
                )
                look = Look(said.text, said.words, said.attention)
        spec, megapixels = service.model.bundle.image, service.limits.megapixels
        content = await service.aside(DRAWING, drawn, data, look, spec, query.format, megapixels)
    headers = {"Content-Disposition": f"attachment; filename=attention.{query.format}", **STRICT}
    return Response(content, media_type=MEDIA[query.format], headers=headers)


@router.get("/health")
async def health() -> Health:
    """Say that the service is there; a bundle that cannot be opened never gets so far."""
    return Health(status="ok")


@router.get("/model")
async def model(service: At) -> ModelReply:
    """Tell what the model is, what it was trained to do and how well, and what the service accepts."""
    card: ModelReply = service.card
    return card


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
