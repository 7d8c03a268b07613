"""What is around a picture in its file: taken off before a decoder sees it, and measured before any work is done.

A decoder gets the picture alone. So nothing in the metadata can stop it, and no file is worth hours of work: scans,
frames and chunks are counted here, by one pass over the bytes that decodes nothing.
"""

from captioner.photos import tiff
from captioner.photos.chunks import png, webp
from captioner.photos.gif import gif
from captioner.photos.jpeg import jpeg
from captioner.photos.picture import Bare, of_xmp

MOST_RUN = 8_000_000  # bytes of a run-length BMP, which Pillow reads slowly


def bare(data: bytes) -> Bare:
    """Takes metadata, further frames and pages, and what lies behind the picture off a photo's file.

    Raises:
        ValueError: reading it would be too much work; the message goes on from the file's name ("has 20,000 scans …").
    """
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return png(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Bare("GIF", gif(data))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return webp(data)
    if tiff.is_tiff(data):
        orientation = tiff.orientation(data) or of_xmp(tiff.xmp(data))
        return Bare("TIFF", tiff.bare_tiff(data), orientation, taken=tiff.taken(data))
    if data.startswith(b"BM"):
        if len(data) > MOST_RUN and data[30:31] in (b"\x01", b"\x02"):
            raise ValueError(f"is a run-length BMP of more than {MOST_RUN / 1e6:.0f} MB; save it as PNG")
        return Bare("BMP", data)
    if data[4:8] == b"ftyp" and (b"avif" in data[8:64] or b"avis" in data[8:64]):
        return Bare("AVIF", data)
    return Bare("", data)
