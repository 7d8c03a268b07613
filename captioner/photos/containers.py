"""What is around a picture in its file: taken off before a decoder sees it, and measured before any work is done.

A decoder gets the picture alone. So nothing in the metadata can stop it, and no file is worth hours of work: scans,
frames and chunks are counted here, by one pass over the bytes that decodes nothing.
"""

from captioner.photos import tiff
from captioner.photos.chunks import png, webp
from captioner.photos.gif import gif
from captioner.photos.heif import heif, is_heif
from captioner.photos.jpeg import jpeg
from captioner.photos.picture import Bare, of_xmp
from captioner.photos.raw import is_raw, raw

MOST_RUN = 8_000_000  # bytes of a run-length BMP, which Pillow reads slowly
UNREAD = (
    (b"ftypcrx ", 4, "is a Canon CR3, whose picture is not taken out; export it as JPEG"),
    (b"IIRO", 0, "is an Olympus ORF, whose picture is not taken out; export it as JPEG"),
    (b"IIRS", 0, "is an Olympus ORF, whose picture is not taken out; export it as JPEG"),
    (b"\xff\x0a", 0, "is a JPEG XL, which is not read; `djxl` makes a PNG or JPEG of it"),
    (b"JXL \r\n\x87\n", 4, "is a JPEG XL, which is not read; `djxl` makes a PNG or JPEG of it"),
    (b"%PDF", 0, "is a PDF and no photo; `pdftoppm -png` makes pictures of its pages"),
    (b"8BPS", 0, "is a file of Photoshop, which is not read; save it as JPEG"),
)
"""What is known but not read: how it begins, where, and the sentence about it."""


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
    if is_raw(data):
        return raw(data)
    if tiff.is_tiff(data):
        orientation = tiff.orientation(data) or of_xmp(tiff.xmp(data))
        return Bare("TIFF", tiff.bare_tiff(data), orientation, taken=tiff.taken(data))
    if data.startswith(b"BM"):
        if len(data) > MOST_RUN and data[30:31] in (b"\x01", b"\x02"):
            raise ValueError(f"is a run-length BMP of more than {MOST_RUN / 1e6:.0f} MB; save it as PNG")
        return Bare("BMP", data)
    if data[4:8] == b"ftyp" and (b"avif" in data[8:64] or b"avis" in data[8:64]):
        return Bare("AVIF", data)
    if is_heif(data):
        return heif(data)
    for beginning, place, sentence in UNREAD:
        if data.startswith(beginning, place):
            raise ValueError(sentence)
    return Bare("", data)
