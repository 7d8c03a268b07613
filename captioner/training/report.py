"""What a person sees of a training: the progress bar, the speed in it, and a few sentences beside it."""

import logging
import time
from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, RichProgressBar
from pytorch_lightning.utilities import rank_zero_only

COUNTS = ("photos", "questions")
log = logging.getLogger(__name__)


class Bar(RichProgressBar):
    """Losses and texts/s under short names, on stderr."""

    def __init__(self) -> None:
        super().__init__(console_kwargs={"stderr": True})

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
            "%s; %d words%s; %s of %s parameters are trained, on %s",
            "; ".join(f"{split}: {_in_words(data.about(split))}" for split in ("train", "val")),
            len(data.vocabulary),
            f", {data.answer_count} answers" if data.answer_count else "",
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
    return ", ".join(f"{facts['count']} {kind} of {facts['photos']} photos" for kind, facts in about.items())


class Speed(Callback):
    """Shows captions and questions per second, averaged over the epoch so far, without the validation."""

    def __init__(self) -> None:
        self.texts, self.begun = 0, 0.0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Starts counting."""
        self.texts, self.begun = 0, time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Counts the texts of the batch; the time that it took to load counts too."""
        self.texts += sum(int((part["lengths"] > 0).sum()) for part in batch.values()) * trainer.world_size
        speed = self.texts / (time.monotonic() - self.begun)
        pl_module.log("train/texts_per_s", speed, prog_bar=True, rank_zero_only=True)
