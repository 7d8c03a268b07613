"""The data sets of a split: captions or questions, with what the network sees of their photos."""

import pytorch_lightning as pl

from captioner.data.feed.datasets import CaptionDataset, Locate, MirroredStore, PhotoSource
from captioner.data.feed.question_sets import MirroredQuestions, QuestionDataset, by_photo, exchanged
from captioner.data.read.questions import Question
from captioner.training.data.question_files import Split
from captioner.training.data.splits import Splits
from captioner.training.data.stores import Stores

Asked = QuestionDataset | MirroredQuestions


def caption_set(
    splits: Splits,
    split: Split,
    stores: Stores,
    trainer: pl.Trainer,
    *,
    mirror: bool,
    longest: int,
    slots: int | None,
    locate: Locate | None,
) -> CaptionDataset:
    """The captioned photos of a split; only those to train on are mirrored, have captions drawn, or are located."""
    photos, train = splits.photos(split), split == "train"
    source = stores.source([photo.path for photo in photos], trainer, train=train, mirror=train and mirror)
    chosen, named = (slots, locate) if train else (None, None)
    return CaptionDataset(photos, source, splits.vocabulary, longest=longest, slots=chosen, locate=named)


def question_set(splits: Splits, split: Split, stores: Stores, trainer: pl.Trainer, *, longest: int) -> Asked:
    """The photos of a split with their questions; those to train on may be mirrored, where sides have words."""
    assert splits.questions is not None
    asked, train = splits.asked(split), split == "train"
    sides = splits.questions.mirror if train else None
    photos = [photo.path for photo in by_photo(asked)]
    source = stores.source(photos, trainer, train=train, mirror=sides is not None)
    if sides is None:
        return _numbered(splits, asked, source, longest=longest, train=train)
    assert isinstance(source, MirroredStore)
    turned = [exchanged(question, sides) for question in asked]
    plain, mirrored = (
        _numbered(splits, each, view, longest=longest, train=True)
        for each, view in zip((asked, turned), source.views, strict=True)
    )
    return MirroredQuestions(plain, mirrored)


def _numbered(
    splits: Splits, asked: list[Question], source: PhotoSource, *, longest: int, train: bool
) -> QuestionDataset:
    questions, answers = splits.questions, splits.answers
    assert questions is not None
    assert answers is not None
    return QuestionDataset(
        asked,
        source,
        splits.vocabulary,
        [answers.targets(question.answers, questions.targets) for question in asked],
        longest=longest,
        slots=questions.per_photo if train else None,
        often=questions.often if train else None,
    )
