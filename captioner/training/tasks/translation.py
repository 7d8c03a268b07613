"""The translation task: the caption head says the target of what a two-way reader made of the source.

With photos beside the sentences, it also looks at what a frozen encoder saw of them.
"""

from collections.abc import Mapping
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import STEP_OUTPUT, OptimizerLRScheduler

from captioner.data.feed.chance import chance
from captioner.decoding.settings import TRANSLATING, Decoding
from captioner.models.bundle import Bundle
from captioner.nn.core.attention import Memory
from captioner.nn.core.beside import Photos
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings, ReaderSettings
from captioner.ranges import PART, SHARE, WEIGHT, check_ranges
from captioner.scoring.translations import NAMES, score_translations
from captioner.training.data.pairs import PairData
from captioner.training.data.question_files import Split
from captioner.training.tasks.caption_part import Batch, CaptionPart
from captioner.training.tasks.gathering import merge_ranks
from captioner.training.tasks.schedule import optimizer, steps_in_all

DEFAULT_CORE, DEFAULT_READER = CoreSettings(), ReaderSettings()
GREEDY = Decoding(method="greedy", max_words=100)
RANGES = {
    **dict.fromkeys(("coverage", "learning_rate", "weight_decay"), WEIGHT),
    **dict.fromkeys(("dropout", "channel_dropout", "smoothing"), PART),
    **dict.fromkeys(("warmup", "photo_dropout", "scheduled_sampling"), SHARE),
}


def look(network: Network, batch: Batch) -> Memory:
    """All that is needed of a batch's source sentences and, where there are some, of the photos beside them."""
    photos = None
    if "features" in batch:
        maps = batch["features"].to(network.words.weight.dtype)
        photos = Photos(network.encoder.finish(maps), batch["photos"])
    return network.look(batch["source"], photos=photos)


class TranslationTask(pl.LightningModule):
    """Trains a network to say sentences in another language, validated on what it says.

    Args:
        vocabulary_size: number of subwords of both languages; the command line links it to the data.
        core: shape of the core, which attends to the words of the source.
        reader: shape of what reads the source.
        encoder: what sees the photos beside the sentences (`data.photos`), frozen; null without photos.
        tied: whether the vocabulary product uses the weights of the embedding, which both languages share.
        dropout: probability of dropping a value of a word, of a place, between layers, and before the vocabulary
            product.
        channel_dropout: probability of dropping a channel of the encoder, at all places of a photo.
        photo_dropout: probability of reading a train sentence without its photo, so that it is learned to do without.
        learning_rate: highest rate of AdamW.
        weight_decay: of matrices.
        warmup: fraction of all steps in which the rate rises; then it falls as a cosine.
        smoothing: label smoothing, the share of each target that is spread over the vocabulary.
        coverage: weight of the doubly stochastic regulariser.
        scheduled_sampling: highest probability of giving the network its own word; see `CaptionTask`.
        validation: search with which translations are found for the scores of each epoch.
        testing: search of `captioner test`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        core: CoreSettings = DEFAULT_CORE,
        reader: ReaderSettings = DEFAULT_READER,
        *,
        encoder: EncoderSettings | None = None,
        tied: bool = True,
        dropout: float = 0.3,
        channel_dropout: float = 0.0,
        photo_dropout: float = 0.0,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.01,
        warmup: float = 0.05,
        smoothing: float = 0.1,
        coverage: float = 0.0,
        scheduled_sampling: float = 0.0,
        validation: Decoding = GREEDY,
        testing: Decoding = TRANSLATING,
    ) -> None:
        check_ranges(locals(), RANGES, of="model.")
        super().__init__()
        if encoder is not None and encoder.trainable_stages:
            raise ValueError(
                "what is seen of photos beside sentences is not trained: set encoder.trainable_stages to 0"
            )
        settings = NetworkSettings(
            encoder or EncoderSettings("reader", "none"),
            core,
            tied=tied,
            dropout=dropout,
            channel_dropout=channel_dropout,
            photo_dropout=photo_dropout,
            reader=reader,
            sentences=encoder is not None,
        )
        self.network = Network(settings, vocabulary=vocabulary_size)
        self.searches: Mapping[Split, Decoding] = {"val": validation, "test": testing}
        self.part = CaptionPart(self.network, smoothing, coverage, 0.0, self.searches)
        self.rate, self.weight_decay, self.warmup = learning_rate, weight_decay, warmup
        self.scheduled_sampling, self.steps = scheduled_sampling, 1
        self.said: dict[int, str] = {}
        """The translations of the last validation or test epoch, by place in the split."""

    @property
    def data(self) -> PairData:
        """The data module of the running trainer."""
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def score_names(self, split: Split) -> list[str]:
        """The scores as they are logged, each with its search."""
        settings = self.searches[split]
        how = f"beam{settings.beam}" if settings.method == "beam" else settings.method
        return [f"{split}/{name}_{how}" for name in NAMES]

    def bundle(self) -> Bundle:
        """What was trained, to be used."""
        settings, about = self.network.settings, {"languages": list(self.data.languages)}
        image = self.data.stores.image if settings.sees else None
        return Bundle(settings, self.network, self.data.vocabulary, image, about)

    def usage(self, bundle: Path) -> str:
        """The command that uses the bundle."""
        return f"captioner translate --model {bundle} SENTENCE" + " --photo PHOTO" * self.network.settings.sees

    def setup(self, stage: str) -> None:
        """Refuses photos that nothing sees, and an encoder that has none to see."""
        if self.network.settings.sees != (self.data.photos is not None):
            raise ValueError(
                "photos beside the sentences need both: their names, data.photos, and what sees them, model.encoder"
            )

    def on_train_epoch_start(self) -> None:
        """Chance depends on seed and epoch only, so a resumed run equals an uninterrupted one."""
        torch.manual_seed(chance(self.data.seed, self.current_epoch, self.global_rank))

    def training_step(self, batch: Batch, index: int) -> STEP_OUTPUT:
        """Cross-entropy of the targets."""
        own = self.scheduled_sampling * self.global_step / self.steps
        loss = self.part.loss(look(self.network, batch), batch, self.data.vocabulary, own=own)
        for name, value in loss.logged.items():
            self.log(f"train/{name}", value, prog_bar=name == "loss", batch_size=loss.count)
        return loss.total

    def validation_step(self, batch: Batch, index: int) -> None:
        """Translates; what is said is scored when all ranks have said theirs."""
        self._say("val", batch)

    def test_step(self, batch: Batch, index: int) -> None:
        """Translates."""
        self._say("test", batch)

    def on_validation_epoch_start(self) -> None:
        """Forgets the epoch before."""
        self._fresh: dict[int, str] = {}

    def on_test_epoch_start(self) -> None:
        """Forgets the epoch before."""
        self.on_validation_epoch_start()

    def on_validation_epoch_end(self) -> None:
        """Scores what was said."""
        self._score("val")

    def on_test_epoch_end(self) -> None:
        """Scores what was said."""
        self._score("test")

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with warm-up and cosine."""
        self.steps = steps_in_all(self.trainer, self.data.batches)
        return optimizer(
            [(list(self.network.named_parameters()), self.rate)],
            weight_decay=self.weight_decay,
            warmup=self.warmup,
            steps=self.steps,
        )

    def _say(self, split: Split, batch: Batch) -> None:
        vocabulary = self.data.vocabulary
        found = self.part.say(look(self.network, batch), batch, split, vocabulary)
        for place, hypotheses in zip(batch["index"].tolist(), found, strict=True):
            self._fresh[place] = vocabulary.decode(hypotheses[0].words)

    def _score(self, split: Split) -> None:
        self.said = merge_ranks(self._fresh)
        if not self.trainer.sanity_checking:
            references = self.data.references(split)
            scores = score_translations(list(self.said.values()), [references[place] for place in self.said])
            self.log_dict(dict(zip(self.score_names(split), scores.values.values(), strict=True)))
