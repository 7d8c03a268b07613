"""The data module: captions and questions of three splits, with the vocabulary and the answers of the train split."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import pytorch_lightning as pl
from torch import Tensor

from captioner.data.feed.datasets import CaptionDataset
from captioner.data.feed.packs.facts import is_pack
from captioner.data.read.questions import Question
from captioner.data.read.records import Photo
from captioner.evaluation.objects import open_objects
from captioner.images import ImageSpec
from captioner.models.bundle import load_bundle
from captioner.models.encoding.names import StoreEngine
from captioner.nn.encoder.backbones import usual_image
from captioner.ranges import COUNT, COUNT_OR_ALL, SEED_OR_RUNS, Range, check_ranges
from captioner.text.answer_list import AnswerList
from captioner.text.nouns import Nouns
from captioner.text.tokenize import Kind
from captioner.text.vocabulary import Vocabulary, check_language
from captioner.training.data.caption_files import CaptionFiles
from captioner.training.data.opening import Loader, collates, loaders, open_split, passes
from captioner.training.data.question_files import QuestionFiles, Split
from captioner.training.data.sets import Asked, Captioned
from captioner.training.data.splits import Part
from captioner.training.data.stores import Stores
from captioner.training.overruled import tell_overruled
from captioner.training.seed import run_seed

DEFAULT_IMAGE = ImageSpec()
RANGES = {
    **dict.fromkeys(("min_count", "batch_size", "longest"), COUNT),
    "captions_per_photo": COUNT_OR_ALL,
    "workers": Range(0, 1000, whole=True),
    "seed": SEED_OR_RUNS,
}


class CaptionData(pl.LightningDataModule):
    """Photos with captions in any format that `captioner.data.read.records` reads, questions about photos, or both.

    Args:
        train: captions file of the train split, or a pack of it (`captioner data pack`), which is streamed; without it,
            no captions are trained.
        val: captions file of the validation split; any split may be packed.
        test: captions file of the test split; needed by `captioner test` only.
        languages: captions files of one language or more, by code (`zh`), instead of `train`, `val` and `test`.
        questions: files of questions, their answers, and their share of a step.
        images: folder of the captioned photos; by default `images` beside each captions file, or its folder.
        splits: for formats that hold all splits in one file: the list file or split name of train, val and test.
        start_from: bundle whose vocabulary, with the new words behind it, and whose transform are used; linked to the
            model's.
        image: size, mean, std and resize rule of what the encoder sees; it travels with the model. Where nothing is
            said, a network of timm sees what timm says.
        encoder: the encoder's name, linked to `model.network.encoder.name`.
        tokenizer: `words`, `characters`, or `mixed`: words, and characters of scripts without spaces.
        min_count: how often a token of the train split's captions and questions must occur to be known.
        mirror: whether mirror images of captioned train photos are shown too, half of the time; for questions, which
            ask for left and right, there is `questions.mirror`.
        boxes: where what the train captions name is, for `model.looking`: Flickr30k Entities as a folder or ZIP file,
            or a COCO instances file.
        crops: whether train photos are cropped and coloured at random; then the encoder runs at every step.
        batch_size: captioned photos a step, each with all its captions.
        evidence: whether nouns that captions never had, and a classifier knows, join the words; linked to
            `model.network.evidence.nouns`.
        captions_per_photo: captions drawn of a photo that has more; None takes all.
        longest: words after which a train caption, or a question, is cut.
        features: folder of the feature stores, used when the encoder's first stages are frozen and nothing is cropped.
        engine: what computes these features: the fastest of `torch` and `onnxruntime` (`auto`, where it is measured;
            their numbers are the same), or one of them; `int8` counts in 8 bits, which is faster and rougher.
        workers: processes that load batches; 0 loads them in the main one.
        seed: of the order, of dropout and of all that is drawn; none: that of the run (`seed_everything`), or else 0.
    """

    def __init__(
        self,
        train: Path | None = None,
        val: Path | None = None,
        test: Path | None = None,
        *,
        languages: dict[str, CaptionFiles] | None = None,
        questions: QuestionFiles | None = None,
        images: Path | None = None,
        splits: tuple[str, str, str] | None = None,
        start_from: Path | None = None,
        image: ImageSpec = DEFAULT_IMAGE,
        encoder: str = "",
        tokenizer: Kind = "words",
        min_count: int = 5,
        boxes: Path | None = None,
        mirror: bool = False,
        crops: bool = False,
        batch_size: int = 32,
        evidence: str = "none",
        captions_per_photo: int | None = None,
        longest: int = 30,
        features: Path = Path("features"),
        engine: StoreEngine = "auto",
        workers: int = 0,
        seed: int | None = None,
    ) -> None:
        check_ranges(locals(), RANGES, of="data.")
        super().__init__()
        if languages is not None and (train or val or test):
            raise ValueError("captions are given twice: give either data.languages, or data.train, val and test")
        if train is None and questions is None and not languages:
            raise ValueError("there is nothing to train on: give captions with --data.train, questions, or both")
        if train is not None and val is None:
            raise ValueError("captions need a validation split: give its captions file with --data.val")
        if crops and mirror:
            raise ValueError("crops already mirror half of the photos: set crops or mirror, not both")
        if crops and questions is not None and questions.mirror is not None:
            raise ValueError("crops know nothing of left and right: set crops or questions.mirror, not both")
        if boxes is not None and languages:
            raise ValueError("boxes are those of English phrases: leave data.boxes or data.languages out")
        if boxes is not None and (train is None or mirror or crops or is_pack(train)):
            raise ValueError(
                "boxes belong to captioned photos as they are: give a file as --data.train, without mirror or crops"
            )
        start = load_bundle(start_from) if start_from is not None else None
        self.first_words = start.vocabulary if start is not None else None
        if start is None:
            self.image = usual_image(encoder, image)
        else:
            tell_overruled("data.image", image, start.image)
            self.image = start.image
        self.languages = tuple(map(check_language, languages or ()))
        files: dict[str | None, CaptionFiles] = dict((languages or {}).items())
        if train is not None and val is not None:
            files = {None: CaptionFiles(train, val, test)}
        if boxes is not None and self.image.frames > 1:
            raise ValueError("boxes are of photos, and data.image.frames makes clips of them: leave boxes out")
        self.parts = {
            split: Part(split, {code: each.of(split) for code, each in files.items()}, questions, images, name)
            for split, name in zip(get_args(Split), splits or (None, None, None), strict=True)
        }
        self.tokenizer, self.min_count = tokenizer, min_count
        self.objects = open_objects(boxes, self.image) if boxes is not None else None
        self.questions, self.mirror, self.longest, self.evidence = questions, mirror, longest, evidence
        self.batch_size, self.captions_per_photo = batch_size, captions_per_photo
        self.stores = Stores(Path(features), self.image, crops, engine)
        self.workers, self.seed = workers, run_seed(seed)
        self.sets: dict[Split, Captioned] = {}
        self.question_sets: dict[Split, Asked] = {}
        self.epochs = 0
        self.passes: dict[str, int] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the train split's captions and questions, behind those of the bundle to start from.

        With evidence, nouns that they never had are behind them.
        """
        if self.nouns is not None:
            return self.nouns.vocabulary
        if self.first_words is not None:
            counts = self.parts["train"].tokens(self.first_words.tokenizer)
            return self.first_words.extended_by(counts, self.min_count, self.languages)
        counts = self.parts["train"].tokens(self.tokenizer)
        return Vocabulary.of_counts(counts, self.tokenizer, self.min_count, self.languages)

    @cached_property
    def nouns(self) -> Nouns | None:
        """Which words evidence can name; None without, and where a bundle has told it already."""
        if self.evidence == "none" or self.first_words is not None:
            return None
        counts = self.parts["train"].tokens(self.tokenizer)
        return Nouns.of(Vocabulary.of_counts(counts, self.tokenizer, self.min_count))

    @property
    def kinds(self) -> int:
        """How many kinds of things these name, linked to the network's evidence; 0 without."""
        return len(self.nouns.kinds) if self.nouns is not None else 0

    @cached_property
    def answers(self) -> AnswerList | None:
        """The answers that can be given; None without questions."""
        return self.questions.answer_list(self.parts["train"].answers) if self.questions is not None else None

    @property
    def vocabulary_size(self) -> int:
        """Number v of words, to which the command line links the network's size."""
        return len(self.vocabulary)

    @property
    def answer_count(self) -> int:
        """Number c of answers, linked likewise; 0 without questions."""
        return len(self.answers) if self.answers is not None else 0

    @property
    def captions(self) -> bool:
        """Whether there are captions, linked likewise."""
        return bool(self.parts["train"].captions)

    def prepare_data(self) -> None:
        """Makes the feature stores, once per machine."""
        self._open()

    def setup(self, stage: str) -> None:
        """Opens the splits that this stage needs."""
        self._open()

    def state_dict(self) -> dict[str, Any]:
        """How many epochs are done, and how often packs were begun, for a run that goes on from a checkpoint.

        Lightning hands the state of loaders back only within an epoch; one that was over would begin with the first
        pass of a pack again. A pack that is shorter than the other is passed more often than there are epochs.
        """
        assert self.trainer is not None
        return {"epochs": self.trainer.current_epoch + self.trainer.is_last_batch, "passes": passes(self)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes it over."""
        self.epochs, self.passes = state_dict["epochs"], state_dict.get("passes", {})  # which 0.1.0 did not write

    def references(self, split: Split) -> dict[int, tuple[str, ...]]:
        """All captions of each photo by its place in the split.

        Raises:
            ValueError: they are streamed from a pack.
        """
        return {index: photo.captions for index, photo in enumerate(self._captioned(split).photos)}

    def written_in(self, split: Split) -> dict[int, str | None]:
        """The language of these captions likewise, None where that is not told."""
        return {index: photo.language for index, photo in enumerate(self._captioned(split).photos)}

    def photo(self, split: Split, place: int) -> Photo:
        """A captioned photo of a split."""
        return self._captioned(split).photos[place]

    def asked(self, split: Split) -> Sequence[Question]:
        """The questions of a split that is only scored."""
        return self.parts[split].asked

    @property
    def batches(self) -> int:
        """How many steps of one process an epoch has."""
        return max(map(len, self.train_dataloader().values()))

    def train_dataloader(self) -> dict[str, Loader]:
        """A batch of each kind at every step, until the longest is through; the others begin again."""
        return loaders(self, "train")

    def val_dataloader(self) -> list[Loader]:
        """Each photo once a rank; ranks may repeat one to be equally long, which gathering by id undoes."""
        return list(loaders(self, "val").values())

    def test_dataloader(self) -> list[Loader]:
        """As for validation."""
        return list(loaders(self, "test").values())

    def about(self, split: Split) -> dict[str, dict[str, Any]]:
        """How much of what a split holds, and from which file."""
        facts: dict[str, dict[str, Any]] = {}
        if split in self.sets:
            facts["captions"] = self.parts[split].about_captions()
        if (asked := self.question_sets.get(split)) is not None:
            facts["questions"] = self.parts[split].about_questions(len(asked))
        return facts

    def batch(self, split: Split, places: list[int]) -> dict[str, Tensor]:
        """These captioned photos of a split."""
        return collates(self)["captions"]([self._captioned(split)[place] for place in places])

    def _captioned(self, split: Split) -> CaptionDataset:
        captioned = self.sets[split]
        if not isinstance(captioned, CaptionDataset):
            raise ValueError(
                "self_critical compares with all train captions at once, and a pack is never read at once: give their"
                " file with --data.train"
            )
        return captioned

    def _open(self) -> None:
        state = self.trainer.state.fn if self.trainer else None
        by_state: dict[str, list[Split]] = {"validate": ["val"], "test": ["test"]}
        for split in by_state.get(str(state.value) if state else "", ["train", "val"]):
            open_split(self, split)
