"""A photo on its way in: read no further than allowed, and no longer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.types import Message

from captioner.serving.work.settings import Limits

FIELD = "photo"
FORM = "multipart/form-data"
FIELDS = 16  # read only to name one of them
FIELD_BYTES = 4096


class Arriving:
    """What all clients together have sent of photos that are not there yet.

    Such a photo takes no place before the network: clients that never finish would take them all.

    Args:
        limit: of the bytes.
    """

    def __init__(self, limit: float) -> None:
        self.limit, self.photos, self.bytes = limit, 0, 0

    @contextmanager
    def photo(self) -> Iterator["Upload"]:
        """Counts one for as long as the block lasts."""
        upload = Upload(self)
        self.photos += 1
        try:
            yield upload
        finally:
            self.photos -= 1
            self.bytes -= upload.bytes


class Upload:
    """One photo that is arriving."""

    def __init__(self, arriving: Arriving) -> None:
        self.arriving, self.bytes = arriving, 0

    def add(self, count: int) -> None:
        """So many bytes have come.

        Raises:
            HTTPException: 503 when all clients together have sent too many.
        """
        self.bytes += count
        self.arriving.bytes += count
        if self.arriving.bytes > self.arriving.limit:
            sentence = "the server receives too many photos at once; try again in 1 s"
            raise HTTPException(503, sentence, headers={"Retry-After": "1"})


async def photo_bytes(request: Request, limits: Limits, arriving: Arriving) -> bytes:
    """The body of a request, or the field `photo` of its form.

    Raises:
        HTTPException: 413 as soon as it is known to be too large, 408 when it is too slow, 503 when too much arrives at
            once, 400 for a broken form, 422 without a photo.
        ClientDisconnect: the client left before the end.
    """
    try:
        with arriving.photo() as upload:
            async with asyncio.timeout(limits.patience):
                data = await _read(_bounded(request, limits, upload))
    except TimeoutError:
        raise HTTPException(408, f"the photo did not arrive within {limits.patience:g} s") from None
    if not data:
        raise HTTPException(422, "the photo is empty; send its bytes as the body, or as the file `photo` of a form")
    return data


def _bounded(request: Request, limits: Limits, upload: Upload) -> Request:
    """The request, whose body ends in a refusal when it grows too large, or when nothing comes for a while."""
    limit = round(limits.megabytes * 1e6)
    too_large = HTTPException(413, f"the photo is larger than {limits.megabytes:g} MB; send a smaller one")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large

    async def limited() -> Message:
        try:
            async with asyncio.timeout(limits.stall):
                message = await request.receive()
        except TimeoutError:
            raise HTTPException(408, f"nothing of the photo came for {limits.stall:g} s") from None
        upload.add(len(message.get("body", b"")))
        if upload.bytes > limit:
            raise too_large
        return message

    return Request(request.scope, limited)


async def _read(request: Request) -> bytes:
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return await request.body()
    try:
        form = await request.form(max_files=1, max_fields=FIELDS, max_part_size=FIELD_BYTES)
    except AnyHTTPException as error:
        if error.status_code != 400:
            raise
        reason = error.detail.rstrip(".")  # the parser's own words
        raise HTTPException(400, f"the form cannot be read ({reason}); send the file {FIELD} alone") from None
    try:
        sent = form.get(FIELD)
        if not isinstance(sent, UploadFile):
            raise HTTPException(422, f"the form has no file named {FIELD}")
        if others := [name for name in form if name != FIELD]:
            sentence = f"the form has the field {others[0][:40]!r} beside the file {FIELD}; leave it out"
            raise HTTPException(422, f"{sentence}: settings stand in the address, as in ?beam=3")
        return await sent.read()
    finally:
        await form.close()
