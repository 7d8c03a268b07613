"""The sets of a split are opened, from files, feature stores or packs; and loaders give batches of them."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from torch.utils.data import DataLoader

from captioner.data.feed.datasets import Captions, Locate, Located
from captioner.data.feed.question_sets import Asking
from captioner.data.read.records import Photo
from captioner.training.data.loading import Collate, captions_collate, loader, questions_collate
from captioner.training.data.packed import Packed
from captioner.training.data.question_files import Split
from captioner.training.data.sets import caption_set, question_set

if TYPE_CHECKING:
    from captioner.training.data.photos import CaptionData

Loader = DataLoader[Any]
LOCATED = 10_000
"""Photos of which it is kept where what their captions name is: about 2 kB each."""


def open_split(data: "CaptionData", split: Split) -> None:
    """Opens a split's captions and questions, with what the network sees of their photos.

    Raises:
        FileNotFoundError, ValueError: a file, pack or photo is not as it should be.
    """
    assert data.trainer is not None
    part, sees = data.parts[split], (data.stores, data.trainer)
    if data.captions:
        captions = Captions(
            data.vocabulary,
            longest=data.longest,
            slots=data.captions_per_photo if part.trained else None,
            locate=_locate(data) if part.trained else None,
        )
        data.sets[split] = caption_set(part, captions, *sees, mirror=data.mirror)
    if data.questions is not None and data.answers is not None:
        asking = Asking(
            data.vocabulary,
            longest=data.longest,
            slots=data.questions.per_photo if part.trained else None,
            often=data.questions.often if part.trained else None,
        )
        own = data.captions and part.pack is None and part.asked_pack is None and not (data.mirror and part.trained)
        captioned = part.files if own else []
        data.question_sets[split] = question_set(part, asking, data.answers, *sees, captioned=captioned)


def loaders(data: "CaptionData", split: Split) -> dict[str, Loader]:
    """Of captions and of questions, as far as they are opened."""
    sizes = {"captions": data.batch_size, "questions": data.questions.batch_size if data.questions else 0}
    ranks = (data.trainer.world_size, data.trainer.global_rank) if data.trainer else (1, 0)
    how: dict[str, Any] = {"ranks": ranks, "seed": data.seed, "workers": data.workers}
    return {
        kind: items.loader(sizes[kind], collates(data)[kind], passes=data.passes.get(kind, data.epochs), **how)
        if isinstance(items, Packed)
        else loader(items, sizes[kind], collates(data)[kind], shuffle=split == "train", epoch=data.epochs, **how)
        for kind, items in _opened(data, split).items()
    }


def passes(data: "CaptionData") -> dict[str, int]:
    """How often each pack was begun by the running training; the order of files hangs on the epoch alone."""
    assert data.trainer is not None
    running: Any = data.trainer.train_dataloader or {}
    packs = {kind for kind, items in _opened(data, "train").items() if isinstance(items, Packed)}
    return {kind: running[kind].passes for kind in packs & set(running)}


def collates(data: "CaptionData") -> dict[str, Collate]:
    """What makes batches of items."""
    pad, frames = data.vocabulary.pad, data.image.frames
    return {
        "captions": captions_collate(pad=pad, frames=frames),
        "questions": questions_collate(pad=pad, answers=data.answer_count, frames=frames),
    }


def _opened(data: "CaptionData", split: Split) -> dict[str, Any]:
    opened = {"captions": data.sets.get(split), "questions": data.question_sets.get(split)}
    return {kind: items for kind, items in opened.items() if items is not None}


def _locate(data: "CaptionData") -> Locate | None:
    """Where what a photo's captions name is, on the grid of the network that is trained, if that is taught."""
    assert data.trainer is not None
    if (objects := data.objects) is None:
        return None
    side = data.stores.checked(data.trainer).encoder.side(data.image.size)

    @lru_cache(LOCATED)
    def locate(photo: Photo) -> list[Located]:
        mentions = objects.of_references(photo, side)
        return [
            [(one.word, one.cover.astype(np.float16)) for one in caption if one.cover.any()] for caption in mentions
        ]

    return locate
