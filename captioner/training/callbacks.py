"""What happens beside the training: the best bundle, sample captions, and the speed in the progress bar."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, EMAWeightAveraging
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only

from captioner.bundle import Bundle, save_bundle
from captioner.training.data import CaptionData
from captioner.training.task import CaptionTask

log = logging.getLogger(__name__)


class BestBundle(Callback):
    """Writes the bundle whenever the monitored score of generated captions is the best so far."""

    def __init__(self, folder: Path, monitor: str) -> None:
        self.folder, self.monitor = folder, monitor
        self.best = float("-inf")

    def state_dict(self) -> dict[str, Any]:
        """The best score, so that a resumed run goes on from it."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the best score over."""
        self.best = state_dict["best"]

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compares and writes."""
        score = trainer.callback_metrics.get(self.monitor)
        if trainer.state.fn != "fit" or trainer.sanity_checking or score is None or float(score) <= self.best:
            return
        self.best = float(score)
        self._write(trainer, pl_module)

    @rank_zero_only
    def _write(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        assert isinstance(task, CaptionTask)
        data: CaptionData = task.data
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
        about = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "epoch": trainer.current_epoch,
            "step": trainer.global_step,
            "scores": metrics,
            "train": {"photos": len(data.sets["train"]), "file": str(data.files["train"])},
        }
        network = task.network
        save_bundle(self.folder, Bundle(network.settings, network, data.vocabulary, data.image, about))
        log.info("%s is the best so far (%s %.4f)", self.folder, self.monitor, self.best)


class AveragedWeights(EMAWeightAveraging):
    """An exponential moving average of the weights, which is what is validated and put into the bundle.

    Lightning's own puts the trained weights back before the scores are known; here they come back after the bundle
    was written, so this callback stands behind `BestBundle`.

    Args:
        decay: of the average, a step; it is brought up to date at every fourth.
    """

    def __init__(self, decay: float) -> None:
        super().__init__(decay=decay**4, update_every_n_steps=4)

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Waits for the end of the validation."""

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Puts the trained weights back."""
        super().on_validation_epoch_end(trainer, pl_module)


class SampleCaptions(Callback):
    """Logs a few generated captions after every epoch; TensorBoard gets them as text if it is the logger."""

    def __init__(self, count: int = 4) -> None:
        self.count = count

    @rank_zero_only
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Takes the photos from evenly spread places of the split."""
        assert isinstance(pl_module, CaptionTask)
        if trainer.sanity_checking or not pl_module.said:
            return
        places = list(pl_module.said)
        chosen = places[:: max(1, len(places) // self.count)][: self.count]
        photos = pl_module.data.sets["val"].photos
        lines = [f"{photos[place].path.name}: {pl_module.said[place]}" for place in chosen]
        log.info("after epoch %d:\n  %s", trainer.current_epoch, "\n  ".join(lines))
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_text("captions", "\n\n".join(lines), trainer.global_step)


class Speed(Callback):
    """Shows captions per second, averaged over the epoch so far, without the validation."""

    def __init__(self) -> None:
        self.captions, self.seconds, self.begun = 0, 0.0, 0.0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Starts counting."""
        self.captions, self.seconds = 0, 0.0

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, index: int) -> None:
        """Takes the time."""
        self.begun = time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Counts the captions of the batch."""
        self.seconds += time.monotonic() - self.begun
        self.captions += int((batch["lengths"] > 0).sum()) * trainer.world_size
        pl_module.log("train/captions_per_s", self.captions / self.seconds, prog_bar=True, rank_zero_only=True)
