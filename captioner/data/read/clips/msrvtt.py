"""MSR-VTT (Xu et al. 2016, CVPR): 10,000 clips with 20 captions each, in its official JSON."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from captioner.data.read.formats import Row
from captioner.data.read.lines import checked
from captioner.photos import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from captioner.text.tokenize import trimmed

FRAME = re.compile(r"(.+)_(\d+)")
FOLDERS = ("frames", "videos", "TrainValVideo", "TestVideo", "images")


def msrvtt(path: Path, content: Mapping[str, Any], split: str | None, folder: Path) -> Iterator[Row]:
    """Its `videos` with their `sentences`.

    A clip is `video7.mp4` in the folder or, where there is none, its frames `video7_0.jpg`, `video7_1.jpg`, … there, in
    the order of their numbers.

    Args:
        path: the file, for messages.
        content: what stands in it.
        split: names of its splits joined by `+`: `train`, `validate`, `test`; None takes all.
        folder: of the clips, or of their frames.

    Raises:
        ValueError: a value is missing or of another kind, there is no such split, or a clip is not in the folder.
    """
    said = defaultdict[str, list[str]](list)
    for place, sentence in enumerate(checked(content, "sentences", list, str(path))):
        where = f"{path} sentence {place}"
        said[checked(sentence, "video_id", str, where)].append(trimmed(checked(sentence, "caption", str, where)))
    videos = checked(content, "videos", list, str(path))
    there = {checked(video, "split", str, f"{path} video {place}"): None for place, video in enumerate(videos)}
    wanted = split.split("+") if split is not None else list(there)
    for name in wanted:
        if name not in there:
            raise ValueError(f"{path} has no split {name!r}; it has {', '.join(there)}; join several with +")
    files = _files(folder)
    for place, video in enumerate(videos):
        name = checked(video, "video_id", str, f"{path} video {place}")
        if video["split"] not in wanted:
            continue
        if name not in files:
            raise ValueError(
                f"{path}: neither {name}.mp4 nor {name}_0.jpg lies in {folder}; name the folder of the clips or their"
                " frames as the images"
            )
        clip = files[name]
        yield Row(name, clip[0], tuple(said[name]), clip if FRAME.fullmatch(Path(clip[0]).stem) else ())


def clips_beside(captions: Path) -> Path:
    """The folder of the clips or their frames beside the file, if one has a usual name, or else its own."""
    return next((found for name in FOLDERS if (found := captions.parent / name).is_dir()), captions.parent)


def _files(folder: Path) -> dict[str, tuple[str, ...]]:
    """The file of each video, or its frames in the order of their numbers."""
    videos, frames = dict[str, tuple[str, ...]](), defaultdict[str, list[tuple[int, str]]](list)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix.lower() in VIDEO_SUFFIXES:
            videos[path.stem] = (path.name,)
        elif path.suffix.lower() in IMAGE_SUFFIXES and (found := FRAME.fullmatch(path.stem)):
            frames[found[1]].append((int(found[2]), path.name))
    return {name: tuple(frame for _, frame in sorted(each)) for name, each in frames.items()} | videos
