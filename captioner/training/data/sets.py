"""The data sets of a split: captions or questions, with what the network sees of their photos."""

from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl

from captioner.data.feed.datasets import CaptionDataset, ChosenPhotos, Locate, MirroredStore, PhotoSource
from captioner.data.feed.question_sets import MirroredQuestions, QuestionDataset, exchanged
from captioner.data.read.questions import Question, by_photo
from captioner.photos import Clip
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary
from captioner.training.data.splits import Part
from captioner.training.data.stores import Stores

Asked = QuestionDataset | MirroredQuestions


def caption_set(
    part: Part,
    vocabulary: Vocabulary,
    stores: Stores,
    trainer: pl.Trainer,
    *,
    mirror: bool,
    longest: int,
    slots: int | None,
    locate: Locate | None,
) -> CaptionDataset:
    """The captioned photos of a split; only those to train on are mirrored, or have captions drawn."""
    files = part.files
    source = stores.source(files, trainer, train=part.trained, mirror=part.trained and mirror)
    if (wanted := [photo.source for photo in part.photos]) != files:
        assert not isinstance(source, ChosenPhotos)
        places = {path: place for place, path in enumerate(files)}
        source = ChosenPhotos(source, [places[path] for path in wanted])
    chosen = slots if part.trained else None
    return CaptionDataset(part.photos, source, vocabulary, longest=longest, slots=chosen, locate=locate)


def question_set(
    part: Part,
    vocabulary: Vocabulary,
    answers: AnswerList,
    stores: Stores,
    trainer: pl.Trainer,
    *,
    longest: int,
    captioned: Sequence[Path | Clip] = (),
) -> Asked:
    """The photos of a split with their questions; those to train on may be mirrored, where sides have words.

    Args:
        captioned: photos with a store of their own, as they are; if it has all that are asked about, it serves both.
    """
    questions, asked, trained = part.questions, part.asked, part.trained
    assert questions is not None
    sides = questions.mirror if trained else None
    files = [photo.source for photo in by_photo(asked)]
    if sides is None and not stores.crops and set(files) <= set(captioned):
        places = {path: place for place, path in enumerate(captioned)}
        whole = stores.source(captioned, trainer, train=trained, mirror=False)
        assert not isinstance(whole, MirroredStore | ChosenPhotos)
        source: PhotoSource = ChosenPhotos(whole, [places[path] for path in files])
    else:
        source = stores.source(files, trainer, train=trained, mirror=sides is not None)
    views: list[tuple[list[Question], PhotoSource]] = [(asked, source)]
    if sides is not None:
        assert isinstance(source, MirroredStore)
        turned = [exchanged(question, sides) for question in asked]
        views = list(zip((asked, turned), source.views, strict=True))
    plain, *mirrored = (
        QuestionDataset(
            each,
            view,
            vocabulary,
            [answers.targets(question.answers, questions.targets) for question in each],
            longest=longest,
            slots=questions.per_photo if trained else None,
            often=questions.often if trained else None,
        )
        for each, view in views
    )
    return MirroredQuestions(plain, *mirrored) if mirrored else plain
