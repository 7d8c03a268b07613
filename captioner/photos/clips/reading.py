"""The frames of a clip that a model sees, whatever the clip is; a photo is a clip of one frame."""

from pathlib import Path

from PIL import Image

from captioner.photos.clips.address import Chosen, Clip, Stretch, instants, stretch
from captioner.photos.clips.moments import find_moments, read_moments
from captioner.photos.reading import read_photo
from captioner.photos.upright import upright_rgb


def read_frames(
    source: Path | str | bytes | Image.Image | Clip,
    count: int,
    chosen: Chosen = "even",
    *,
    at_least: int | None = None,
    name: str | None = None,
    max_pixels: int | None = None,
) -> list[Image.Image]:
    """What is seen of a clip at `count` instants, upright and in RGB; a frame that is seen at several is read once.

    Args:
        source: a photo, frames on disk, a video or a part of one.
        count: of the instants.
        chosen: how the frames of a video are chosen.
        at_least: as in `read_photo`.
        name: likewise.
        max_pixels: likewise, of each frame.

    Raises:
        FileNotFoundError: a file does not exist.
        ValueError: a frame or the video cannot be read.
    """
    if (part := stretch(source)) is not None:
        return [each.picture for each in read_moments(part, count, chosen, name=name, max_pixels=max_pixels)]
    frames = source.frames if isinstance(source, Clip) else (source,)
    places = instants(range(len(frames)), count)
    read = {place: _picture(frames[place], at_least, name, max_pixels) for place in dict.fromkeys(places)}
    return [read[place] for place in places]


def frame_addresses(source: Path | Clip, count: int, chosen: Chosen) -> list[Path]:
    """What is seen of a clip at `count` instants, as the address of one picture each; errors as in `read_frames`."""
    if isinstance(source, Clip):
        assert not any(isinstance(frame, Image.Image) for frame in source.frames), "what is trained on lies on disk"
        return instants([Path(str(frame)) for frame in source.frames], count)
    if (part := stretch(source)) is None:
        return [source] * count
    return [Stretch(part.file, moment, moment).address for moment in find_moments(part, count, chosen)]


def _picture(
    frame: Path | str | bytes | Image.Image, at_least: int | None, name: str | None, max_pixels: int | None
) -> Image.Image:
    if isinstance(frame, Image.Image):
        return upright_rgb(frame)
    return read_photo(frame, at_least=at_least, name=name, max_pixels=max_pixels)
