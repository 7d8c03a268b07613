"""What the files of a run say: the photos and questions of each split, and the words and answers of the train split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path

from captioner.data.read.questions import Question
from captioner.data.read.records import Photo, read_photos
from captioner.text.answer_list import AnswerList
from captioner.text.tokenize import Kind
from captioner.text.vocabulary import Vocabulary
from captioner.training.data.question_files import QuestionFiles, Split


@dataclass
class Splits:
    """Reads each file once, when it is needed.

    Args:
        files: captions of each split; none for the train split where no captions are trained.
        questions: where they lie; None without.
        images: folder of the captioned photos; by default beside each file.
        names: for formats that hold all splits in one file, the list file or split name of train, val and test.
        tokenizer: `words` or `characters`.
        min_count: how often a token of the train split must occur to be known.
        start: the words that come first; those of the train split stand behind them.
    """

    files: Mapping[Split, Path | None]
    questions: QuestionFiles | None
    images: Path | None
    names: tuple[str, str, str] | None
    tokenizer: Kind
    min_count: int
    start: Vocabulary | None
    _photos: dict[Split, list[Photo]] = field(default_factory=dict)
    _asked: dict[Split, list[Question]] = field(default_factory=dict)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the train split's captions and questions."""
        captions = (caption for photo in self.photos("train") for caption in photo.captions) if self.captions else ()
        texts = chain(captions, (question.text for question in self.asked("train")) if self.questions else ())
        if self.start is not None:
            return self.start.extended(texts, self.min_count)
        return Vocabulary.build(texts, self.tokenizer, self.min_count)

    @cached_property
    def answers(self) -> AnswerList | None:
        """The answers that can be given; None without questions."""
        return self.questions.answer_list(self.asked("train")) if self.questions else None

    @property
    def captions(self) -> bool:
        """Whether captions are trained."""
        return self.files["train"] is not None

    def photos(self, split: Split) -> list[Photo]:
        """The captioned photos of a split.

        Raises:
            ValueError: the split has no file, or its file is malformed.
        """
        if (file := self.files[split]) is None:
            raise ValueError(f"there is no {split} split: give its captions file with --data.{split}")
        if split not in self._photos:
            name = self.names[("train", "val", "test").index(split)] if self.names else None
            self._photos[split] = read_photos(file, self.images, split=name)
        return self._photos[split]

    def asked(self, split: Split) -> list[Question]:
        """The questions of a split.

        Raises:
            FileNotFoundError, ValueError: as `QuestionFiles.read`.
        """
        assert self.questions is not None
        if split not in self._asked:
            self._asked[split] = self.questions.read(split)
        return self._asked[split]

    def file_of(self, kind: str, split: Split) -> str:
        """The file of a split's `captions` or `questions`."""
        return str(self.files[split] if kind == "captions" else getattr(self.questions, split).file)
