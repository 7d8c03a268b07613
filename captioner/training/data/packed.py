"""Packs to train from: rows become the same items that files give, in batches that litdata streams."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.data.feed.datasets import Captions, Item, PhotoSource
from captioner.data.feed.packs import rows
from captioner.data.feed.packs.facts import Facts, litdata
from captioner.data.feed.packs.rows import Row, Seen
from captioner.data.feed.question_sets import AskedItem, Asking
from captioner.images import ImageSpec, TrainTransform
from captioner.nn.encoder.grid import fingerprint
from captioner.nn.network import Network
from captioner.text.answer_list import AnswerList, Targets
from captioner.training.data.loading import Collate
from captioner.training.data.question_files import taught

if TYPE_CHECKING:
    from captioner.data.feed.packs.streaming import StreamedBatches


@dataclass(frozen=True)
class CaptionRows:
    """Makes the items of captioned photos; `Captions` says how."""

    items: Captions
    seen: Seen

    def __call__(self, index: int, row: Row) -> Item:
        """Of one row."""
        said = rows.said(row)
        return self.items(index, rows.photo(said), self.seen(row, said["path"]))


@dataclass(frozen=True)
class QuestionRows:
    """Makes the items of photos that are asked about; `Asking` says how, `QuestionFiles` what `lists` are."""

    items: Asking
    seen: Seen
    answers: AnswerList
    targets: Targets
    lists: bool

    def __call__(self, index: int, row: Row) -> AskedItem:
        """Of one row."""
        said = rows.said(row)
        asked = [taught(question, lists=self.lists) for question in rows.questions(said)]
        given = [
            (place, question, self.answers.targets(question.answers, self.targets))
            for place, question in enumerate(asked)
        ]
        return self.items(index, given, self.seen(row, said["path"]))


@dataclass(frozen=True)
class Packed:
    """A pack that is trained from.

    Args:
        path: its folder or address.
        facts: what it holds.
        make: makes the item of a row.
    """

    path: Path
    facts: Facts
    make: CaptionRows | QuestionRows

    def __len__(self) -> int:
        return self.facts.photos

    def loader(
        self, size: int, collate: Collate, *, ranks: tuple[int, int], seed: int, workers: int, passes: int = 0
    ) -> "StreamedBatches":
        """Loads batches; made where all processes of a training have found each other, so not before it begins.

        Args:
            size: photos of a batch.
            collate: makes a batch of items.
            ranks: how many processes train, and which of them this is.
            seed: of the order.
            workers: processes that load.
            passes: how often the pack was begun before, by a run that goes on.

        Raises:
            ValueError: the pack is too small to give each process a batch, or litdata is not installed.
        """
        litdata()
        import torch

        from captioner.data.feed.packs.streaming import StreamedBatches, StreamedItems

        least = size * ranks[0] * max(1, workers)
        if len(self) < least:
            raise ValueError(
                f"{self.path} holds {len(self)} photos, and {ranks[0]} processes with {workers} workers and batches of"
                f" {size} need {least} for one step; lower the batch size or --data.workers"
            )
        return StreamedBatches(
            StreamedItems(self.path, self.make, seed=seed),
            passes=passes,
            batch_size=size,
            num_workers=workers,
            collate_fn=collate,
            drop_last=True,
            generator=torch.Generator(),  # so that opening a loader does not move the chance of the training
            pin_memory=torch.cuda.is_available(),
        )


def seen(path: Path, facts: Facts, network: Network, image: ImageSpec, *, crops: bool, mirror: bool) -> Seen:
    """What the network sees of a pack's rows.

    Raises:
        ValueError: the pack has features of another encoder or transform, or of photos as they are where they shall
            be cropped or mirrored.
    """
    if image.frames > 1:
        raise ValueError(
            f"{path} holds photos, and data.image.frames makes clips of them: name a file instead of a pack"
        )
    if (packed := facts.features) is None:
        return Seen(image, None, TrainTransform(image) if crops else None, mirror=mirror)
    if crops or mirror:
        raise ValueError(
            f"{path} holds features of photos as they are, which cannot be {'cropped' if crops else 'mirrored'}: pack"
            " the photos themselves, without --features"
        )
    for name, own in {"encoder": fingerprint(network.encoder), "transform": image.to_dict()}.items():
        if packed[name] != own:
            raise ValueError(
                f"{path} holds features of another {name} than the recipe's: pack the set again, with --features RECIPE"
            )
    return Seen(image, packed["shape"])


def by_place(path: Path, facts: Facts, seen: Seen) -> PhotoSource:
    """What the network sees of a pack's photos, for a split that is only scored."""
    litdata()
    from captioner.data.feed.packs.streaming import PackedPhotos

    source: Any = PackedPhotos(path, facts.photos, seen)
    return source
