"""The versioned endpoints about the model and about one photo that is sent."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from captioner.decoding.settings import Decoding
from captioner.serving.web.routes.drawing import MEDIA, Look, drawn, jpeg
from captioner.serving.web.routes.pages import STRICT
from captioner.serving.web.routes.replies import ask_reply, caption_reply
from captioner.serving.work.schemas.asked import AskQuery, CaptionQuery, DrawQuery, Search
from captioner.serving.work.schemas.said import AskReply, CaptionReply
from captioner.serving.work.schemas.server import Health, ModelReply, Refusal
from captioner.serving.work.seeing import Seen, TooLarge, see
from captioner.serving.work.service import Service
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
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {"schema": BYTES}}}}


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


def decoding_of(query: Search, service: Service) -> Decoding:
    """The settings that were given, or 422 when they do not go together, or the model does not know the language."""
    with told():
        service.model.bundle.vocabulary.language(query.language)
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
    decoding = decoding_of(query, service)
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
    decoding = decoding_of(query, service)
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
                    else await service.explained(photo.square, query.caption, query.language)
                )
                look = Look(said.text, said.words, said.attention)
        spec, megapixels = service.model.bundle.image, service.limits.megapixels
        content = await service.aside(DRAWING, drawn, data, look, spec, query.format, megapixels)
    headers = {"Content-Disposition": f"attachment; filename=attention.{query.format}", **STRICT}
    return Response(content, media_type=MEDIA[query.format], headers=headers)


@router.post("/show", openapi_extra=PHOTO, responses={**REFUSALS, **JPEG}, response_class=Response)
async def show(request: Request, service: At) -> Response:
    """Show a photo that a browser cannot, such as HEIC, or the frames of a clip side by side, as a JPEG."""
    async with service.guest(request) as data:
        with told():
            spec, megapixels = service.model.bundle.image, service.limits.megapixels
            content = await service.aside("reading this photo", jpeg, data, spec, megapixels)
    return Response(content, media_type="image/jpeg", headers=STRICT)


@router.get("/health")
async def health() -> Health:
    """Say that the service is there; a bundle that cannot be opened never gets so far."""
    return Health(status="ok")


@router.get("/model")
async def model(service: At) -> ModelReply:
    """Tell what the model is, what it was trained to do and how well, and what the service accepts."""
    card: ModelReply = service.card
    return card
