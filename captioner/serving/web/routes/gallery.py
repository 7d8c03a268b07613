"""A folder's photos as a page, to be looked at and, with leave, captioned by hand; known by names that are no paths."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from captioner.folders.writing.shelf import LONGEST, Shelf
from captioner.serving.web.routes.pages import OWN_ONLY, STRICT, content
from captioner.serving.work.finding import Finder
from captioner.serving.work.schemas.gallery import Photo, Photos
from captioner.serving.work.seeing import picture
from captioner.serving.work.service import Service

SIDES = {"small": 320, "large": 1600}
AT_ONCE = 200
KEPT = {"Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"}

gallery = APIRouter(include_in_schema=False)


def shelf_of(request: Request) -> Shelf:
    """The photos that the application was made with."""
    shelf: Shelf = request.app.state.shelf
    return shelf


At = Annotated[Shelf, Depends(shelf_of)]


@gallery.get("/gallery")
async def index() -> Response:
    """The page."""
    headers = {**STRICT, "Content-Security-Policy": OWN_ONLY}
    return Response(content("captioner.serving.web", "page/gallery.html"), media_type="text/html", headers=headers)


@gallery.get("/v1/photos")
def photos(shelf: At, request: Request, first: Annotated[int, Query(ge=0)] = 0) -> Photos:
    """Some photos with their captions; for the first of them the folder is looked through, and so is what is new."""
    names = shelf.look() if first == 0 else list(shelf.known)
    finder: Finder | None = request.app.state.finder
    if first == 0 and finder is not None:
        finder.refresh()
    some = [shown_as(shelf, name) for name in names[first : first + AT_ONCE]]
    return Photos(photos=[each for each in some if each], total=len(names), edit=shelf.edit, search=finder is not None)


def shown_as(shelf: Shelf, name: str) -> Photo | None:
    """A photo as the page shows it; None if there is none of that name any more."""
    try:
        text, by = shelf.told(name)
        label = shelf.label(name).encode("utf-8", "backslashreplace").decode()
        return Photo(name=name, label=label, caption=text, by=by)
    except KeyError:
        return None


@gallery.get("/v1/photos/{name}/{size}")
async def shown(name: str, size: str, shelf: At, request: Request) -> Response:
    """A photo upright, as a JPEG without metadata, no larger than asked for."""
    service: Service = request.app.state.service
    try:
        path, side = shelf.path(name), SIDES[size]
    except KeyError:
        raise HTTPException(404, "there is no such photo") from None
    try:
        data = await service.aside("reading this photo", picture, str(path), side, service.limits.megapixels)
    except (ValueError, FileNotFoundError) as error:
        raise HTTPException(422, str(error).replace(str(path), path.name)) from None
    return Response(data, media_type="image/jpeg", headers=KEPT)


@gallery.put("/v1/photos/{name}/caption")
async def told(name: str, shelf: At, request: Request) -> Photo:
    """Keeps the caption that a person wrote; the body is its text."""
    service: Service = request.app.state.service
    data = b""
    async with asyncio.timeout(service.limits.patience):
        async for piece in request.stream():
            data += piece
            if len(data) > 4 * LONGEST:
                raise HTTPException(413, f"a caption has at most {LONGEST:,} letters")
    try:
        await run_in_threadpool(shelf.tell, name, data.decode("utf-8"))
        kept = shown_as(shelf, name)
    except KeyError:
        kept = None
    except (ValueError, OSError) as error:
        raise HTTPException(422, str(error).replace(f"{shelf.folder}/", "")) from None
    if kept is None:
        raise HTTPException(404, "there is no such photo")
    return kept
