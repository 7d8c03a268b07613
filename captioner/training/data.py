"""The data module: captions of three splits, the vocabulary made once from the train split, and the feature store."""

from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from torch import Tensor
from torch.utils.data import DataLoader

from captioner.data.batches import collate
from captioner.data.datasets import CaptionDataset, MirroredStore, PhotoReader
from captioner.data.features import FeatureStore, make_store
from captioner.data.records import Photo, read_photos
from captioner.images import ImageSpec, TrainTransform
from captioner.nn.encoder import fingerprint
from captioner.nn.network import Network
from captioner.text.tokenize import Kind
from captioner.text.vocabulary import Vocabulary
from captioner.training.order import Drawn, Order

Split = Literal["train", "val", "test"]
DEFAULT_IMAGE = ImageSpec()


class CaptionData(pl.LightningDataModule):
    """Photos with captions in any format that `captioner.data.records` reads.

    Args:
        train: captions file of the train split.
        val: captions file of the validation split.
        test: captions file of the test split; needed by `captioner test` only.
        images: folder of the photos; by default `images` beside each captions file, or its folder.
        splits: for formats that hold all splits in one file: the list file or split name of train, val and test.
        image: size, mean, std and resize rule of what the encoder sees; it travels with the model.
        tokenizer: `words` or `characters`.
        min_count: how often a token of the train split must occur to be known.
        mirror: whether mirror images of the train photos are shown too, half of the time.
        crops: whether train photos are cropped and coloured at random; then the encoder runs at every step.
        batch_size: photos a step, each with all its captions.
        captions_per_photo: captions drawn of a photo that has more; None takes all.
        longest: words after which a train caption is cut.
        features: folder of the feature stores, used when the encoder's first stages are frozen and nothing is cropped.
        workers: processes that load batches; 0 loads them in the main one.
        seed: of the order of the photos.
    """

    def __init__(
        self,
        train: Path,
        val: Path,
        test: Path | None = None,
        *,
        images: Path | None = None,
        splits: tuple[str, str, str] | None = None,
        image: ImageSpec = DEFAULT_IMAGE,
        tokenizer: Kind = "words",
        min_count: int = 5,
        mirror: bool = False,
        crops: bool = False,
        batch_size: int = 32,
        captions_per_photo: int | None = None,
        longest: int = 30,
        features: Path = Path("features"),
        workers: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if crops and mirror:
            raise ValueError("crops already mirror half of the photos: set crops or mirror, not both")
        self.files: dict[Split, Path | None] = {"train": Path(train), "val": Path(val), "test": test and Path(test)}
        self.images, self.splits, self.image = images, splits, image
        self.tokenizer, self.min_count = tokenizer, min_count
        self.mirror, self.crops = mirror, crops
        self.batch_size, self.captions_per_photo, self.longest = batch_size, captions_per_photo, longest
        self.features, self.workers, self.seed = Path(features), workers, seed
        self.sets: dict[Split, CaptionDataset] = {}
        self.epochs = 0

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the train split."""
        captions = (caption for photo in self.photos("train") for caption in photo.captions)
        return Vocabulary.build(captions, self.tokenizer, self.min_count)

    @property
    def vocabulary_size(self) -> int:
        """Number v of words, to which the command line links the network's size."""
        return len(self.vocabulary)

    def photos(self, split: Split) -> list[Photo]:
        """The records of a split.

        Raises:
            ValueError: the split has no file, or its file is malformed.
        """
        if (file := self.files[split]) is None:
            raise ValueError(f"there is no {split} split: give its captions file with --data.{split}")
        name = self.splits[("train", "val", "test").index(split)] if self.splits else None
        return read_photos(file, self.images, split=name)

    def prepare_data(self) -> None:
        """Makes the feature stores, once per machine."""
        for split in self._needed() if not self.crops else []:
            self._store(split, self.photos(split))

    def setup(self, stage: str) -> None:
        """Opens the splits that this stage needs."""
        for split in self._needed():
            photos = self.photos(split)
            slots = self.captions_per_photo if split == "train" else None
            self.sets[split] = CaptionDataset(
                photos, self._source(split, photos), self.vocabulary, longest=self.longest, slots=slots
            )

    def state_dict(self) -> dict[str, Any]:
        """How many epochs are done, for a run that goes on from a checkpoint."""
        assert self.trainer is not None
        return {"epochs": self.trainer.current_epoch + 1}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes it over."""
        self.epochs = state_dict["epochs"]

    def references(self, split: Split) -> dict[int, tuple[str, ...]]:
        """All captions of each photo by its place in the split."""
        return {index: photo.captions for index, photo in enumerate(self.sets[split].photos)}

    def train_dataloader(self) -> DataLoader[Any]:
        """Photos in an order that depends on seed and epoch only."""
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Any]:
        """Each photo once a rank; ranks may repeat one to be equally long, which gathering by id undoes."""
        return self._loader("val")

    def test_dataloader(self) -> DataLoader[Any]:
        """As for validation."""
        return self._loader("test")

    def _loader(self, split: Split) -> DataLoader[Any]:
        world, rank = (self.trainer.world_size, self.trainer.global_rank) if self.trainer else (1, 0)
        train = split == "train"
        dataset = Drawn(self.sets[split])
        order = Order(dataset, world, rank, shuffle=train, seed=self.seed)
        order.set_epoch(self.epochs)  # Lightning does so too, but later than workers begin to load
        return DataLoader(
            dataset,
            self.batch_size,
            sampler=order,
            collate_fn=partial(_collate, pad=self.vocabulary.pad, seen="pixels" if self.crops else "features"),
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            pin_memory=torch.cuda.is_available(),
        )

    def _needed(self) -> list[Split]:
        state = self.trainer.state.fn if self.trainer else None
        by_state: dict[str, list[Split]] = {"validate": ["val"], "test": ["test"]}
        return by_state.get(str(state.value) if state else "", ["train", "val"])

    def _source(self, split: Split, photos: list[Photo]) -> FeatureStore | MirroredStore | PhotoReader:
        if self.crops:
            return PhotoReader(photos, self.image, TrainTransform(self.image) if split == "train" else None)
        folder = self._store(split, photos)
        if self._views(split) == 1:
            return FeatureStore(folder)
        return MirroredStore(FeatureStore(folder), FeatureStore(folder, view=1))

    def _views(self, split: Split) -> int:
        return 2 if split == "train" and self.mirror else 1

    def _store(self, split: Split, photos: list[Photo]) -> Path:
        """The finished store of a split, made where the network will be trained."""
        assert self.trainer is not None
        device = self.trainer.strategy.root_device
        network = self.trainer.lightning_module.network
        assert isinstance(network, Network)
        encoder = network.encoder.to(device)
        console = Console(stderr=True)
        columns = (*Progress.get_default_columns(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"features of {split} photos", total=len(photos))
            return make_store(
                self.features,
                [photo.path for photo in photos],
                self.image,
                lambda pixels: encoder.begin(pixels.to(device)),
                encoder=fingerprint(encoder),
                views=self._views(split),
                progress=lambda done, total: bar.update(task, completed=done),
            )


def _collate(items: Any, *, pad: int, seen: str) -> dict[str, Tensor]:
    batch = collate(items, pad=pad)
    batch[seen] = batch.pop("seen")
    return batch
