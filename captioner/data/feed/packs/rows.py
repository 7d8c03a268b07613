"""One row of a pack: a photo, as its file or as features, and as JSON what is said or asked about it.

A row does not need its photo's file any more; where that lay is kept for people to read.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from captioner.data.read.questions import Question, by_photo
from captioner.data.read.records import Photo
from captioner.images import ImageSpec, TrainTransform, pixels
from captioner.photos import Clip, read_photo

Row = dict[str, bytes]
"""What is packed: a `photo`'s file or its `features` in half precision, channels last; and `said`, JSON."""


class Record(NamedTuple):
    """What becomes a row."""

    path: Path
    said: dict[str, Any]
    """With `captions`, or with `questions`."""


def of_captions(photos: Iterable[Photo]) -> list[Record]:
    """One of each photo.

    Raises:
        ValueError: one is a clip.
    """
    return [Record(_path(photo.source), {"id": photo.id, "captions": photo.captions}) for photo in photos]


def of_questions(questions: Sequence[Question]) -> list[Record]:
    """One of each photo, with all its questions.

    Raises:
        ValueError: one is about a clip.
    """
    return [
        Record(_path(photo.source), {"questions": [_plain(questions[place]) for place in photo.questions]})
        for photo in by_photo(questions)
    ]


def row(record: Record, seen: bytes, name: Literal["photo", "features"]) -> Row:
    """What is packed of a record, and whether that is its photo or features."""
    said = {"path": str(record.path), "sum": zlib.crc32(seen), **record.said}
    return {name: seen, "said": json.dumps(said, ensure_ascii=False).encode()}


def said(row: Row) -> dict[str, Any]:
    """What is said of a row's photo.

    Raises:
        ValueError: what the network would see is not what was packed.
    """
    content: dict[str, Any] = json.loads(row["said"])
    if zlib.crc32(row.get("features") or row["photo"]) != content["sum"]:
        raise ValueError(f"the packed photo {content['path']} is damaged: its checksum is another; pack the set again")
    return content


def photo(said: dict[str, Any]) -> Photo:
    """The captioned photo of a row."""
    return Photo(said["id"], Path(said["path"]), tuple(said["captions"]))


def questions(said: dict[str, Any]) -> list[Question]:
    """The questions of a row."""
    path = Path(said["path"])
    return [
        Question(name, image, path, text, tuple(answers), *types)
        for name, image, text, answers, *types in said["questions"]
    ]


class Seen:
    """What the network sees of rows.

    Args:
        image: what it sees of a photo.
        shape: of one photo's features, channels last; None where photos are packed as their files are.
        transform: for training, crops photos at random.
        mirror: whether photos are shown as their mirror images half of the time.
    """

    def __init__(
        self,
        image: ImageSpec,
        shape: Sequence[int] | None = None,
        transform: TrainTransform | None = None,
        *,
        mirror: bool = False,
    ) -> None:
        self.image, self.shape, self.transform, self.mirror = image, shape, transform, mirror

    def __call__(self, row: Row, name: str) -> Float[Tensor, "c ..."]:
        """Of one row.

        Args:
            row: that is packed.
            name: what an error calls its photo.
        """
        if self.shape is not None:
            values = np.frombuffer(bytearray(row["features"]), np.float16)  # which can be written, as torch wants
            return torch.from_numpy(values.reshape(*self.shape)).movedim(-1, 0)
        spec = self.transform.before if self.transform else self.image
        photo = read_photo(row["photo"], at_least=spec.size, name=name)
        seen: Tensor = self.transform(photo) if self.transform else torch.from_numpy(pixels(photo, spec))
        return seen.flip(-1) if self.mirror and torch.rand(()) < 0.5 else seen


def _path(source: Path | Clip) -> Path:
    if isinstance(source, Clip):
        raise ValueError(f"{source.frames[0]} and what follows are frames of a clip, and only photos can be packed")
    return source


def _plain(question: Question) -> list[Any]:
    types = (question.question_type, question.answer_type)
    return [question.id, question.image_id, question.text, question.answers, *types]
