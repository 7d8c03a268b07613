"""A photo that somebody sent: read no further than allowed, and reduced at once to what the network sees."""

from typing import NamedTuple

from fastapi import HTTPException, Request
from PIL import Image
from starlette.datastructures import UploadFile
from starlette.types import Message

from captioner.images import ImageSpec, square
from captioner.photos import photo_size, read_photo
from captioner.serving.work.settings import Limits

FIELD = "photo"


class Seen(NamedTuple):
    """The square that the network sees, and the photo's own width and height, upright."""

    square: Image.Image
    size: tuple[int, int]


async def photo_bytes(request: Request, limits: Limits) -> bytes:
    """The body of a request, or the field `photo` of its form.

    Raises:
        HTTPException: 413 as soon as it is known to be too large, 400 for a broken form, 422 without a photo.
        ClientDisconnect: the client left before the end.
    """
    limit = round(limits.megabytes * 1e6)
    too_large = HTTPException(413, f"the photo is larger than {limits.megabytes:g} MB; send a smaller one")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    taken_in = 0

    async def limited() -> Message:
        nonlocal taken_in
        message = await request.receive()
        taken_in += len(message.get("body", b""))
        if taken_in > limit:
            raise too_large
        return message

    bounded = Request(request.scope, limited)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        data = await bounded.body()
    else:
        async with bounded.form(max_files=1, max_fields=0) as form:
            sent = form.get(FIELD)
            if not isinstance(sent, UploadFile):
                raise HTTPException(422, f"the form has no file named {FIELD}")
            data = await sent.read()
    if not data:
        raise HTTPException(422, "the photo is empty; send its bytes as the body, or as the file `photo` of a form")
    return data


def check_pixels(data: bytes, limits: Limits) -> None:
    """Refuses a photo by the size that its header tells, before any of it is decoded.

    Raises:
        HTTPException: 413 for too many pixels.
    """
    try:
        width, height = photo_size(data)
    except ValueError:  # whatever it is, the reader says it in one sentence
        return
    if width * height > limits.megapixels * 1e6:
        raise HTTPException(413, f"the photo has more than {limits.megapixels:g} megapixels; send a smaller one")


def see(data: bytes, spec: ImageSpec, limits: Limits) -> Seen:
    """Reads a photo as the command line does.

    Raises:
        HTTPException: 413 for too many pixels.
        ValueError: it is not a photo, or damaged.
    """
    check_pixels(data, limits)
    photo = read_photo(data, at_least=spec.size, name="this file")
    return Seen(square(photo, spec), photo.size)
