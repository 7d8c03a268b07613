"""The data sets of a split: captions or questions, with what the network sees of their photos."""

from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl

from captioner.data.feed.datasets import CaptionDataset, Captions, ChosenPhotos, MirroredStore, PhotoSource
from captioner.data.feed.packs.facts import Facts
from captioner.data.feed.packs.rows import Seen
from captioner.data.feed.question_sets import Asking, MirroredQuestions, QuestionDataset, check_often, exchanged
from captioner.data.read.questions import Question, by_photo
from captioner.photos import Clip
from captioner.text.answer_list import AnswerList
from captioner.training.data.packed import CaptionRows, Packed, QuestionRows, by_place, seen
from captioner.training.data.splits import Part
from captioner.training.data.stores import Stores

Captioned = CaptionDataset | Packed
Asked = QuestionDataset | MirroredQuestions | Packed


def caption_set(part: Part, items: Captions, stores: Stores, trainer: pl.Trainer, *, mirror: bool) -> Captioned:
    """The captioned photos of a split; only those to train on are mirrored."""
    mirror = mirror and part.trained
    if part.pack is not None:
        assert part.file is not None
        shown = _seen(part, part.file, part.pack, stores, trainer, mirror=mirror)
        if part.trained:
            return Packed(part.file, part.pack, CaptionRows(items, shown))
        return CaptionDataset(part.photos, by_place(part.file, part.pack, shown), items)
    files = part.files
    source = stores.source(files, trainer, train=part.trained, mirror=mirror)
    if (wanted := [photo.source for photo in part.photos]) != files:
        assert not isinstance(source, ChosenPhotos)
        places = {path: place for place, path in enumerate(files)}
        source = ChosenPhotos(source, [places[path] for path in wanted])
    return CaptionDataset(part.photos, source, items)


def question_set(
    part: Part,
    items: Asking,
    answers: AnswerList,
    stores: Stores,
    trainer: pl.Trainer,
    *,
    captioned: Sequence[Path | Clip] = (),
) -> Asked:
    """The photos of a split with their questions; those to train on may be mirrored, where sides have words.

    Args:
        captioned: photos with a store of their own, as they are; if it has all that are asked about, it serves both.
    """
    questions, trained = part.questions, part.trained
    assert questions is not None
    sides = questions.mirror if trained else None
    if part.asked_pack is not None:
        path = questions.pack(part.split)
        assert path is not None
        if sides is not None:
            raise ValueError(
                f"{path} shows photos as they are: leave questions.mirror out, or name a file of questions"
            )
        shown = _seen(part, path, part.asked_pack, stores, trainer, mirror=False)
        if trained:
            check_often(items.often, part.asked_pack.types)
            make = QuestionRows(items, shown, answers, questions.targets, questions.lists)
            return Packed(path, part.asked_pack, make)
        return _numbered(part.asked, by_place(path, part.asked_pack, shown), items, answers, part)
    asked = part.asked
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
    plain, *mirrored = (_numbered(each, view, items, answers, part) for each, view in views)
    return MirroredQuestions(plain, *mirrored) if mirrored else plain


def _numbered(
    asked: Sequence[Question], source: PhotoSource, items: Asking, answers: AnswerList, part: Part
) -> QuestionDataset:
    assert part.questions is not None
    targets = [answers.targets(question.answers, part.questions.targets) for question in asked]
    return QuestionDataset(asked, source, items, targets)


def _seen(part: Part, path: Path, pack: Facts, stores: Stores, trainer: pl.Trainer, *, mirror: bool) -> Seen:
    network = stores.checked(trainer)
    return seen(path, pack, network, stores.image, crops=stores.crops and part.trained, mirror=mirror)
