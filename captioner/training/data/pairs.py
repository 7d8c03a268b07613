"""The data module of translation: sentences in two languages, the subwords that both share, and photos beside them."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from captioner.data.feed.datasets import PhotoSource
from captioner.data.feed.pairs import PairBatches, photos_of
from captioner.data.read.pairs import Pair, read_pairs
from captioner.images import ImageSpec
from captioner.models.encoding.names import StoreEngine
from captioner.ranges import COUNT, SEED_OR_RUNS, Range, check_ranges
from captioner.text.vocabulary import Vocabulary
from captioner.training.data.question_files import Split
from captioner.training.data.stores import Stores
from captioner.training.seed import run_seed

DEFAULT_IMAGE = ImageSpec()
PLACE = "{language}"
RANGES = {
    **dict.fromkeys(("batch_size", "longest", "min_count"), COUNT),
    "subwords": Range(8, 1_000_000, whole=True),
    "seed": SEED_OR_RUNS,
}


class PairData(pl.LightningDataModule):
    """Text files of sentences, one a line; line i of both languages says the same.

    Args:
        train: the files that are learned from, with {language} for the language in their names, such as
            train.{language}.gz; plain text or .gz.
        val: those that choose the best epoch.
        test: those of `captioner test`.
        source: the language that is translated, as the files name it.
        target: the language into which it is translated; to turn a recipe round, exchange the two.
        photos: what stands for the language in the names of files that name a photo for each sentence, one a line, or
            nothing where a sentence has none: with `photos`, train.photos.gz beside train.en.gz. Without it, there are
            no photos.
        images: folder of these photos; by default `images` beside the files, or their own.
        image: size, mean, std and resize rule of what the encoder sees of them; it travels with the model.
        features: folder of the feature stores.
        engine: what computes these features; see `CaptionData`.
        subwords: how many pieces of words are learned from the train sentences of both languages, letters included.
        min_count: how often two pieces must stand together to become one.
        batch_size: pairs a step.
        longest: subwords after which a sentence is cut.
        seed: of the order, of dropout and of all that is drawn; none: that of the run (`seed_everything`), or else 0.
    """

    def __init__(
        self,
        train: Path,
        val: Path,
        *,
        test: Path | None = None,
        source: str = "en",
        target: str = "de",
        photos: str | None = None,
        images: Path | None = None,
        image: ImageSpec = DEFAULT_IMAGE,
        features: Path = Path("features"),
        engine: StoreEngine = "auto",
        subwords: int = 8000,
        min_count: int = 2,
        batch_size: int = 64,
        longest: int = 100,
        seed: int | None = None,
    ) -> None:
        check_ranges(locals(), RANGES, of="data.")
        super().__init__()
        if photos is not None and image.frames > 1:
            raise ValueError(
                "photos stand beside the sentences, and data.image.frames makes clips of them: leave it out"
            )
        self.files: dict[Split, Path | None] = {"train": train, "val": val, "test": test}
        self.languages = (source, target)
        self.photos, self.images = photos, images
        self.stores = Stores(Path(features), image, crops=False, engine=engine)
        self.subwords, self.min_count = subwords, min_count
        self.batch_size, self.longest, self.seed = batch_size, longest, run_seed(seed)

    def pairs(self, split: Split) -> list[Pair]:
        """The sentences of a split, with their photos if there are any; read once.

        Raises:
            FileNotFoundError: a file or a photo does not exist.
            ValueError: there is none, its name has no place for the language, or as `read_pairs`.
        """
        if split not in self._read:
            source, target = (self._file(split, language) for language in self.languages)
            photos = self._file(split, self.photos) if self.photos is not None else None
            self._read[split] = read_pairs(source, target, photos, self.images)
        return self._read[split]

    @cached_property
    def _read(self) -> dict[Split, list[Pair]]:
        return {}

    def seen(self, split: Split) -> PhotoSource | None:
        """What the network sees of the different photos of a split, from a store; None without photos.

        Raises:
            ValueError: the encoder's weights expect other pixels, or a photo cannot be read.
        """
        if self.photos is None:
            return None
        if split not in self._seen:
            assert self.trainer is not None
            photos = photos_of(self.pairs(split))
            self._seen[split] = self.stores.source(photos, self.trainer, train=split == "train", mirror=False)
        return self._seen[split]

    @cached_property
    def _seen(self) -> dict[Split, PhotoSource]:
        return {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The subwords of the train sentences of both languages."""
        texts = (text for pair in self.pairs("train") for text in (pair.source, pair.target))
        return Vocabulary.of_subwords(texts, self.subwords, self.min_count)

    @property
    def vocabulary_size(self) -> int:
        """Number v of subwords, to which the command line links the network's size."""
        return len(self.vocabulary)

    def references(self, split: Split) -> Sequence[str]:
        """What people made of each sentence of a split."""
        return [pair.target for pair in self.pairs(split)]

    @property
    def batches(self) -> int:
        """How many steps of one process an epoch has."""
        return len(self.train_dataloader())

    def train_dataloader(self) -> PairBatches:
        """Batches of sentences of about equal lengths, shuffled anew in each epoch."""
        return self._batches("train")

    def val_dataloader(self) -> PairBatches:
        """The validation sentences, the short ones first."""
        return self._batches("val")

    def test_dataloader(self) -> PairBatches:
        """The test sentences, the short ones first."""
        return self._batches("test")

    def about(self, split: Split) -> dict[str, dict[str, Any]]:
        """How many sentences a split holds, from which file, and how many photos are beside them."""
        source, target = self.languages
        name, pairs = self._file(split, source).name, self.pairs(split)
        photos = {"photos": len(photos_of(pairs))} if self.photos is not None else {}
        return {f"sentences, {source} to {target}": {"file": name, "count": len(pairs), **photos}}

    def _file(self, split: Split, language: str) -> Path:
        path = self.files[split]
        if path is None:
            raise ValueError(f"there is no {split} split: give its files with --data.{split}")
        if PLACE not in path.name:
            raise ValueError(
                f"--data.{split} {path} names one file; write {PLACE} where the two differ, as in {split}.{PLACE}.gz"
            )
        return path.with_name(path.name.replace(PLACE, language))

    def _batches(self, split: Split) -> PairBatches:
        trainer = self.trainer
        return PairBatches(
            self.pairs(split),
            self.vocabulary,
            self.batch_size,
            longest=self.longest,
            epoch=(lambda: trainer.current_epoch if trainer else 0) if split == "train" else None,
            seed=self.seed,
            ranks=(trainer.world_size, trainer.global_rank) if trainer else (1, 0),
            seen=self.seen(split),
        )
