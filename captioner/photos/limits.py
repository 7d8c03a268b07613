"""How large a photo may be, and what is said of one that is larger."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple

from PIL import Image

MAX_PIXELS = 100_000_000
BYTES_A_PIXEL, BESIDE = 4, 1_000_000  # bytes that a file may have for each pixel allowed, and for all else

_counting = Lock()
_reading, _pillows_limit = 0, Image.MAX_IMAGE_PIXELS


class Limit(NamedTuple):
    """How many pixels a photo may have, and what can be done besides making it smaller."""

    pixels: int
    remedy: str = ""

    @property
    def refusal(self) -> str:
        """The end of a sentence about a photo that has more."""
        return f" than the {self.pixels / 1e6:g} megapixels allowed; make it smaller{self.remedy}"


def check_bytes(count: int, name: str, limit: Limit) -> None:
    """Refuses a file of more bytes than so many pixels can need.

    Raises:
        ValueError: how many it has.
    """
    if count > BYTES_A_PIXEL * limit.pixels + BESIDE:
        raise ValueError(f"{name} has {count / 1e6:.0f} MB, enough for more{limit.refusal}")


def check_size(width: int, height: int, name: str, limit: Limit | None) -> None:
    """Refuses a photo of more pixels than allowed.

    Raises:
        ValueError: how many it has.
    """
    if limit is not None and width * height > limit.pixels:
        raise ValueError(f"{name} has {width} x {height} pixels, more{limit.refusal}")


@contextmanager
def unlimited() -> Iterator[None]:
    """Without Pillow's own check of the size, which is one for all threads, and warns where a limit is meant."""
    global _pillows_limit, _reading
    with _counting:
        if _reading == 0:
            _pillows_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        _reading += 1
    try:
        yield
    finally:
        with _counting:
            _reading -= 1
            if _reading == 0:
                Image.MAX_IMAGE_PIXELS = _pillows_limit
