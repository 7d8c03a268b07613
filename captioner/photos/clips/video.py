"""The door to PyAV: a video comes in; pictures at some of its moments leave."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from captioner.files import check_file
from captioner.photos.limits import MAX_PIXELS, Limit, check_size

NEEDED = "a video is read by PyAV: pip install 'captioner[video]', or give its frames as photos"


HAS_VIDEO = find_spec("av") is not None
ROUNDING = 0.001
"""Seconds by which the address of a picture may miss it."""


class Moment(NamedTuple):
    """A picture and when it is shown, in seconds from the begin of the video."""

    seconds: float
    picture: Image.Image


class Video:
    """An open video; `opened` opens one.

    Args:
        container: PyAV's.
        name: what errors call it.
        limit: of the pixels of a picture.
    """

    def __init__(self, container: Any, name: str, limit: Limit) -> None:
        self.name, self.limit = name, limit
        self._container, self._stream = container, container.streams.video[0]
        self._stream.thread_type = "AUTO"
        check_size(self._stream.width, self._stream.height, name, limit)
        self._start = float(self._stream.start_time or 0) * float(self._stream.time_base or 0)

    @property
    def seconds(self) -> float:
        """How long it is, as its header tells, or else as its last picture does."""
        if self._stream.duration:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration:
            return float(self._container.duration) / 1e6
        last = 0.0
        for frame in self._frames(0.0):
            last = self._when(frame)
        return last

    def at(self, moments: Sequence[float]) -> list[Moment]:
        """The pictures that are shown at these moments, in seconds; behind the end, the last one.

        Raises:
            ValueError: it is damaged, or a picture is too large.
        """
        shown = {moment: self._shown(moment) for moment in dict.fromkeys(moments)}
        return [shown[moment] for moment in moments]

    def through(self, begin: float, end: float, apart: float) -> Iterator[Moment]:
        """The pictures of a stretch in turn, at least so many seconds apart; errors as in `at`."""
        due = begin
        for frame in self._frames(begin):
            seconds = self._when(frame)
            if seconds >= end:
                return
            if seconds >= due:
                due = seconds + apart
                yield Moment(seconds, self._picture(frame))

    def _shown(self, moment: float) -> Moment:
        best = None
        for begin in (moment, 0.0):  # some files find no place behind their last key frame
            for frame in self._frames(begin):
                if best is not None and self._when(frame) > moment + ROUNDING:
                    break
                best = frame
            if best is not None:
                return Moment(self._when(best), self._picture(best))
        raise ValueError(f"{self.name} has no picture; is it damaged?")

    def _frames(self, begin: float) -> Iterator[Any]:
        """PyAV's frames from the key frame before that moment on."""
        import av

        try:
            place = int((begin + self._start) / float(self._stream.time_base))
            self._container.seek(place, stream=self._stream)
            for frame in self._container.decode(self._stream):
                if frame.pts is not None:
                    yield frame
        except av.FFmpegError as error:
            raise ValueError(f"{self.name} is damaged: {error.strerror}") from None

    def _when(self, frame: Any) -> float:
        return float(frame.time) - self._start

    def _picture(self, frame: Any) -> Image.Image:
        check_size(frame.width, frame.height, self.name, self.limit)
        picture: Image.Image = frame.to_image()
        return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture


@contextmanager
def opened(source: Path | bytes, *, name: str | None = None, max_pixels: int | None = None) -> Iterator[Video]:
    """Opens a video, by its path or its bytes, for as long as the block lasts; `name` is what errors call it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: PyAV is not installed, or the file is no video, damaged, or of more pixels than allowed.
    """
    name = name or ("the video" if isinstance(source, bytes) else str(source))
    try:
        import av
    except ModuleNotFoundError:
        raise ValueError(f"{name}: {NEEDED}") from None
    if isinstance(source, Path):
        _check(source, name)
    limit = Limit(MAX_PIXELS) if max_pixels is None else Limit(max_pixels, ", or allow more with --max-pixels")
    try:
        given = BytesIO(source) if isinstance(source, bytes) else str(source)
        container = av.open(given, "r", metadata_errors="ignore", options={"protocol_whitelist": "file"})
    except av.FFmpegError as error:
        raise ValueError(f"{name} is no video that can be read ({error.strerror})") from None
    with container:
        if not container.streams.video:
            raise ValueError(f"{name} has no pictures; a video is needed")
        yield Video(container, name, limit)


def _check(path: Path, name: str) -> None:
    if path.is_dir():
        raise ValueError(f"{name} is a folder, and a video is needed")
    try:
        check_file(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{name}: no such video") from None
