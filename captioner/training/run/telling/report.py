"""What a person sees of a training: the progress bar, the speed in it, and a few sentences beside it."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytorch_lightning as pl
import rich
from pytorch_lightning.callbacks import Callback, RichProgressBar
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

from captioner.data.feed.texts import Window

COUNTS = ("photos", "questions")
log = logging.getLogger(__name__)


class Bar(RichProgressBar):
    """Losses and texts/s under short names, on stderr."""

    def __init__(self) -> None:
        super().__init__(console_kwargs={"stderr": True})

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Ends the bar and gives rich's console, which Lightning's tables share, back to stdout."""
        super().teardown(trainer, pl_module, stage)
        rich.reconfigure()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Makes room for the table of `captioner validate`."""
        super().on_validation_end(trainer, pl_module)
        if trainer.state.fn != "fit":
            self.teardown(trainer, pl_module, "validate")

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Makes room for the table of `captioner test`."""
        super().on_test_end(trainer, pl_module)
        self.teardown(trainer, pl_module, "test")

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Leaves the console as it was."""
        super().on_exception(trainer, pl_module, exception)
        rich.reconfigure()

    def configure_columns(self, trainer: pl.Trainer) -> list[Any]:
        """Without batches per second, so that a line of 80 letters holds the rest."""
        return super().configure_columns(trainer)[:-1]

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        """What is logged for the progress bar, without `train/`."""
        shown = {name.removeprefix("train/"): value for name, value in trainer.progress_bar_metrics.items()}
        return {name.replace("_per_s", "/s"): f"{value:.4g}" for name, value in shown.items()}


class Report(Callback):
    """Says what will be trained, and the scores of each epoch."""

    @rank_zero_only
    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Counts photos, texts, words, answers and parameters."""
        data: Any = getattr(trainer, "datamodule")  # noqa: B009 (absent from Lightning's annotations)
        sizes = [(weight.numel(), weight.requires_grad) for weight in pl_module.parameters()]
        log.info(
            "%s; %d different %s%s; %s of %s parameters are trained, on %s",
            "; ".join(f"{split}: {_in_words(data.about(split))}" for split in ("train", "val")),
            data.vocabulary.known,
            data.vocabulary.unit,
            f", {answers} answers" if (answers := getattr(data, "answer_count", 0)) else "",
            f"{sum(size for size, trained in sizes if trained):,}",
            f"{sum(size for size, _ in sizes):,}",
            trainer.strategy.root_device,
        )

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Sees to it that the loss is logged at least once an epoch."""
        chosen: int = trainer.log_every_n_steps  # type: ignore[attr-defined]  # set by a connector
        trainer.log_every_n_steps = max(1, min(chosen, int(trainer.num_training_batches)))  # type: ignore[attr-defined]

    @rank_zero_only
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Gives the scores of the epoch; the other verbs show a table."""
        if trainer.state.fn != "fit" or trainer.sanity_checking:
            return
        scores = {
            name.removeprefix("val/"): value for name, value in trainer.callback_metrics.items() if "val/" in name
        }
        text = ", ".join(f"{name} {float(value):.4f}" for name, value in scores.items() if name not in COUNTS)
        log.info("epoch %d: %s", trainer.current_epoch, text)


def _in_words(about: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{facts['count']} {kind}" + (f" of {facts['photos']} photos" if "photos" in facts else "")
        for kind, facts in about.items()
    )


def texts(batch: Mapping[str, Mapping[str, Tensor]]) -> int:
    """How many captions and questions a batch has."""
    return sum(int((part["lengths"] > 0).sum()) for part in batch.values())


def tokens(batch: Window) -> int:
    """How many tokens a batch of a text has."""
    return batch.words.numel()


def sentences(batch: Mapping[str, Tensor]) -> int:
    """How many sentences a batch translates."""
    return len(batch["index"])


class Speed(Callback):
    """Shows what is read per second, averaged over the epoch so far, without the validation.

    Args:
        unit: what is counted, as it is logged.
        count: of a batch.
    """

    def __init__(self, unit: str, count: Callable[[Any], int]) -> None:
        self.unit, self.count = unit, count
        self.done, self.begun = 0, 0.0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Starts counting."""
        self.done, self.begun = 0, time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Counts the batch; the time that it took to load counts too."""
        self.done += self.count(batch) * trainer.world_size
        speed = self.done / (time.monotonic() - self.begun)
        pl_module.log(f"train/{self.unit}_per_s", speed, prog_bar=True, rank_zero_only=True)
