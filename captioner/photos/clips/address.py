"""What a clip is called: frames on disk, a video, or a part of one, `film.mp4#t=10,20` (W3C Media Fragments 1.0)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from PIL import Image

T = TypeVar("T")
Chosen = Literal["even", "change"]
"""Which frames of a video are seen: evenly in time, or so that equally much changes from one to the next."""

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ogv", ".3gp")
SECONDS = r"(\d+(?:\.\d+)?)"
ADDRESS = re.compile(
    rf"(.+(?:{'|'.join(map(re.escape, VIDEO_SUFFIXES))}))(?:#t={SECONDS}(?:,{SECONDS})?)?", re.IGNORECASE | re.DOTALL
)

VIDEO = re.compile(
    rb".{4}ftyp(?:iso|mp4|M4V|qt  |3g|avc1|dash|MSNV)|\x1a\x45\xdf\xa3|RIFF.{4}AVI |\x00\x00\x01\xba|OggS", re.DOTALL
)
"""How videos begin: MP4 and QuickTime (pictures that are packed alike have other names), Matroska, AVI, MPEG, Ogg."""


@dataclass(frozen=True)
class Clip:
    """A clip by its frames.

    Args:
        frames: each a photo, by its path or already read, in the order of time; at least one.
    """

    frames: tuple[Path | Image.Image, ...]

    def __str__(self) -> str:
        first = self.frames[0]
        name = "a frame" if isinstance(first, Image.Image) else str(first)
        return name if len(self.frames) == 1 else f"{name} and {len(self.frames) - 1} more"


@dataclass(frozen=True)
class Stretch:
    """A video, or a part of it.

    Args:
        file: the video, by its path or its bytes.
        begin: where the part begins, in seconds.
        end: where it ends; None for the end of the video. One moment has its begin for its end.
    """

    file: Path | bytes
    begin: float = 0.0
    end: float | None = None

    @property
    def address(self) -> Path:
        """What names it, where the video lies on disk."""
        assert isinstance(self.file, Path)
        return Path(f"{self.file}#t={self.begin:.3f}" + ("" if self.end == self.begin else f",{self.end:.3f}"))


def stretch(source: object) -> Stretch | None:
    """The video, the part or the moment of it that a name stands for, or bytes are; None if they are none.

    Raises:
        ValueError: the part ends before it begins.
    """
    if isinstance(source, bytes) and VIDEO.match(source):
        return Stretch(source)
    if not isinstance(source, str | Path) or (found := ADDRESS.fullmatch(str(source))) is None:
        return None
    file, begin, end = Path(found[1]), found[2], found[3]
    if begin is None:
        return Stretch(file)
    part = Stretch(file, float(begin), float(begin if end is None else end))
    if end is not None and part.end is not None and part.end <= part.begin:
        raise ValueError(f"{source} ends before it begins; a part of a video reads film.mp4#t=10,20 (seconds)")
    return part


def file_of(source: Path) -> Path:
    """The file in which a photo, a video, or a part of a video lies."""
    found = ADDRESS.fullmatch(str(source))
    return source if found is None else Path(found[1])


def instants(frames: Sequence[T], count: int) -> list[T]:
    """What is seen at `count` instants, evenly over the time of these frames: the frame that is shown then.

    Of more frames than instants some are left out; fewer are seen longer, each for its share of the time.
    """
    return [frames[int((place + 0.5) * len(frames) / count)] for place in range(count)]
