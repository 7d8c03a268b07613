"""The service's own limit of pixels is the one that is met, below the reader's and above it."""

import io
from zlib import crc32

import pytest
from PIL import Image

from captioner.images import ImageSpec
from captioner.serving.work.seeing import TooLarge, see


def said_to_have(width, height):
    """A small PNG whose header gives another size."""
    file = io.BytesIO()
    Image.new("1", (10, 10)).save(file, "PNG")
    png = bytearray(file.getvalue())
    png[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    png[29:33] = crc32(png[12:29]).to_bytes(4, "big")
    return bytes(png)


@pytest.mark.parametrize("megapixels", [0.05, 101])
def test_more_than_the_service_accepts_is_too_large(megapixels):
    with pytest.raises(TooLarge, match=f"more than {megapixels:g} megapixels; send a smaller one"):
        see(said_to_have(10_000, 10_200), ImageSpec(), megapixels)


def test_what_the_service_accepts_is_read_also_where_it_is_more_than_elsewhere():
    with pytest.raises(ValueError, match="this file is damaged"):  # so it was decoded
        see(said_to_have(10_000, 10_050), ImageSpec(), 101)
    assert see(said_to_have(10, 10), ImageSpec(), 101).size == (10, 10)
