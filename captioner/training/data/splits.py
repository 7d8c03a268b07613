"""A split of a run: what its files say, and what they are for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from captioner.data.read.questions import Question
from captioner.data.read.records import Photo, read_photos
from captioner.photos import Clip
from captioner.training.data.question_files import QuestionFiles, Split


@dataclass
class Part:
    """One split; each of its files is read once, when it is needed.

    Args:
        split: which one.
        captions: its captions file by language, None where that is not told; empty without captions.
        questions: where the questions of all splits lie; None without.
        images: folder of the captioned photos; by default beside the file.
        name: in a captions file that holds all splits, the split's list file or name.
    """

    split: Split
    captions: Mapping[str | None, Path | None]
    questions: QuestionFiles | None
    images: Path | None
    name: str | None

    @property
    def trained(self) -> bool:
        """Whether it is learned from; otherwise it is only scored."""
        return self.split == "train"

    @cached_property
    def photos(self) -> list[Photo]:
        """The captioned photos; one that is captioned in several languages comes with each.

        Raises:
            ValueError: there is no file, it is malformed, or it has no captions.
        """
        return [
            replace(photo, language=language)
            for language, file in self.captions.items()
            for photo in self._read(language, file)
        ]

    def _read(self, language: str | None, file: Path | None) -> list[Photo]:
        if file is None:
            name = f"languages.{language}.{self.split}" if language else self.split
            raise ValueError(f"there is no {self.split} split: give its captions file with --data.{name}")
        photos = read_photos(file, self.images, split=self.name)
        if not any(photo.captions for photo in photos):
            raise ValueError(
                f"{file} lists photos without captions, as COCO's image_info files do; captions are in its"
                " `annotations`, or in the `sentences` of each image as in Karpathy's JSON"
            )
        return photos

    @property
    def files(self) -> list[Path | Clip]:
        """The captioned photos' files or clips, each once; with languages in an order that does not depend on which."""
        files = dict.fromkeys(photo.source for photo in self.photos)
        return list(files) if None in self.captions else sorted(files, key=str)

    @cached_property
    def asked(self) -> list[Question]:
        """The questions; none where the run has none.

        Raises:
            FileNotFoundError, ValueError: as `QuestionFiles.read`.
        """
        return self.questions.read(self.split) if self.questions is not None else []

    def texts(self) -> Iterator[str]:
        """All captions, if there are any, and all questions."""
        for photo in self.photos if self.captions else ():
            yield from photo.captions
        for question in self.asked:
            yield question.text

    def about_captions(self) -> dict[str, Any]:
        """From which file they are, and how many."""
        count = sum(len(photo.captions) for photo in self.photos)
        names = [file.name for file in self.captions.values() if file is not None]
        return {"file": ", ".join(names), "photos": len(self.files), "count": count}

    def about_questions(self, photos: int) -> dict[str, Any]:
        """From which file they are, and how many about how many photos."""
        return {"file": getattr(self.questions, self.split).file.name, "photos": photos, "count": len(self.asked)}
