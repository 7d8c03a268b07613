"""A split of a run: what its files say, and what they are for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from captioner.data.feed.packs import rows
from captioner.data.feed.packs.facts import Facts, Holds, is_pack, litdata, read_facts
from captioner.data.read.questions import Question
from captioner.data.read.records import Photo, read_photos
from captioner.images import ImageSpec
from captioner.photos import Clip
from captioner.text.vocabulary import count_tokens
from captioner.training.data.question_files import QuestionFiles, Split, taught


@dataclass
class Part:
    """One split; each of its files is read once, when it is needed.

    Args:
        split: which one.
        captions: its captions file or pack by language, None where that is not told; empty without captions.
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

    @property
    def file(self) -> Path | None:
        """The captions file or pack of a split whose language is not told; None without."""
        return self.captions.get(None)

    @cached_property
    def pack(self) -> Facts | None:
        """What the pack of captions holds; None where there is a file.

        Raises:
            ValueError: it is no finished pack, or one of questions.
        """
        return self._facts(self.file, "captions")

    @cached_property
    def asked_pack(self) -> Facts | None:
        """What the pack of questions holds; None where there is a file.

        Raises:
            ValueError: it is no finished pack, or one of captions.
        """
        return self._facts(self.questions.pack(self.split) if self.questions is not None else None, "questions")

    @cached_property
    def photos(self) -> list[Photo]:
        """The captioned photos; one that is captioned in several languages comes with each.

        Raises:
            ValueError: there is no file, it is malformed, or it has no captions.
        """
        if self.pack is not None:
            assert self.file is not None
            return [rows.photo(said) for said in all_said(self.file, self.pack)]
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
        if self.questions is None:
            return []
        if self.asked_pack is not None:
            pack = self.questions.pack(self.split)
            assert pack is not None
            asked = [question for said in all_said(pack, self.asked_pack) for question in rows.questions(said)]
            return [taught(question, lists=self.questions.lists) for question in asked] if self.trained else asked
        return self.questions.read(self.split)

    def tokens(self, tokenizer: str) -> Counter[str]:
        """How often each token occurs in captions, if there are any, and questions."""
        counts = Counter[str]()
        if self.captions:
            captions = (caption for photo in self.photos for caption in photo.captions) if self.pack is None else ()
            counts += count_tokens(captions, tokenizer)
        if self.asked_pack is None:
            counts += count_tokens((question.text for question in self.asked), tokenizer)
        for pack in (self.pack, self.asked_pack):
            counts.update(pack.tokens[tokenizer] if pack is not None else {})
        return counts

    def answers(self) -> Mapping[str, int]:
        """How often each answer was given."""
        if self.asked_pack is not None:
            return self.asked_pack.answers["items" if self.questions is not None and self.questions.lists else "whole"]
        return Counter(answer for question in self.asked for answer in question.answers)

    def about_captions(self) -> dict[str, Any]:
        """From which file they are, and how many."""
        if self.pack is not None:
            assert self.file is not None
            return {"file": self.file.name, "photos": self.pack.photos, "count": self.pack.texts}
        count = sum(len(photo.captions) for photo in self.photos)
        names = [file.name for file in self.captions.values() if file is not None]
        return {"file": ", ".join(names), "photos": len(self.files), "count": count}

    def about_questions(self, photos: int) -> dict[str, Any]:
        """From which file they are, and how many about how many photos."""
        count = len(self.asked) if self.asked_pack is None else self.asked_pack.texts
        return {"file": getattr(self.questions, self.split).file.name, "photos": photos, "count": count}

    def _facts(self, path: Path | None, holds: Holds) -> Facts | None:
        if path is None or not is_pack(path):
            return None
        facts = read_facts(path)
        if facts.holds != holds:
            raise ValueError(f"{path} is a pack of {facts.holds}, and one of {holds} is needed here")
        return facts


def all_said(pack: Path, facts: Facts) -> Iterator[dict[str, Any]]:
    """What is said of each photo of a pack; all chunks are read."""
    litdata()
    from captioner.data.feed.packs.streaming import PackedPhotos

    return PackedPhotos(pack, facts.photos, rows.Seen(ImageSpec())).said()
