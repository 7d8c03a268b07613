"""The gallery's photos found by words: among those that are known by now, and how many that are."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool

from captioner.folders.finding.query import Hit as Found
from captioner.folders.writing.shelf import Shelf
from captioner.serving.web.routes.gallery import shown_as
from captioner.serving.work.finding import Finder, Unready
from captioner.serving.work.schemas.gallery import FindQuery, FindReply, Hit, Known
from captioner.serving.work.schemas.server import Refusal
from captioner.serving.work.service import Service

REFUSALS: dict[int | str, dict[str, Any]] = {
    403: {"model": Refusal, "description": "A page of another address asked."},
    409: {"model": Refusal, "description": "No photo can be searched yet."},
    421: {"model": Refusal, "description": "The server was called by a name that it does not know."},
    422: {"model": Refusal, "description": "The model knows none of the words, or was not trained on captions."},
    503: {"model": Refusal, "description": "The server is full; Retry-After says when to come back."},
}

searching = APIRouter(prefix="/v1/photos", responses=REFUSALS)


def finder_of(request: Request) -> Finder:
    """Who finds photos here; refused where the model cannot tell how well words fit."""
    finder: Finder | None = request.app.state.finder
    if finder is None:
        raise HTTPException(422, "this server cannot search photos: its model was not trained on captions")
    return finder


At = Annotated[Finder, Depends(finder_of)]


@searching.get("/known")
async def known(finder: At) -> Known:
    """Tell how many of the gallery's photos can be found by now."""
    return Known(**finder.known._asdict())


@searching.get("/found")
async def found(request: Request, finder: At, query: Annotated[FindQuery, Query()]) -> FindReply:
    """Find photos of the gallery by words, best first, among those that are known."""
    service: Service = request.app.state.service
    try:
        finder.judge.numbered(query.words)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    async with service.visitor(request):
        try:
            hits = await asyncio.wrap_future(finder.ask(query.words, query.top))
        except Unready as error:
            raise HTTPException(409, str(error)) from None
        known = Known(**finder.known._asdict())
        if not known.known:
            raise HTTPException(409, nothing(known))
        shown = await run_in_threadpool(described, finder.shelf, hits)
    missing = finder.judge.vocabulary.coverage([query.words]).missing
    return FindReply(hits=shown, unknown=list(missing), searched=known)


def nothing(known: Known) -> str:
    """Why nothing can be found."""
    if not known.total:
        return "there is no photo to search; open the gallery first, or put photos into its folder"
    if known.done:
        return "none of these photos can be read, so none can be searched"
    return f"no photo can be searched yet: none of {known.total:,} is known so far; wait a little, then try again"


def described(shelf: Shelf, hits: Sequence[Found]) -> list[Hit]:
    """Hits as they are sent, without photos that are gone, or are no longer the shelf's."""
    names = {path: name for name, path in list(shelf.known.items())}
    shown = []
    for hit in hits:
        photo = shown_as(shelf, names[hit.photo]) if hit.photo in names and hit.photo.is_file() else None
        if photo is not None:
            shown.append(Hit(photo=photo, score=hit.score, log_probability=hit.log_probability))
    return shown
