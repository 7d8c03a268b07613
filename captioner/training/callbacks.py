"""What happens beside the training: the best bundle, averaged weights, and sample captions with their attention."""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, EMAWeightAveraging
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only

from captioner.bundle import Bundle, save_bundle
from captioner.figures.attention import attention_figure
from captioner.figures.canvas import as_image
from captioner.images import read_photo
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
            "train": data.about("train"),
        }
        network = task.network
        bundle = Bundle(network.settings, network, data.vocabulary, data.image, about=about, answers=data.answers)
        save_bundle(self.folder, bundle)
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


class Samples(Callback):
    """Logs a few captions and answers after every epoch; TensorBoard gets captions with their attention pictures."""

    def __init__(self, count: int = 4) -> None:
        self.count = count

    @rank_zero_only
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Takes photos and questions from evenly spread places of the split."""
        assert isinstance(pl_module, CaptionTask)
        if trainer.sanity_checking:
            return
        chosen, data = self._spread(pl_module.said), pl_module.data
        lines = [f"{data.sets['val'].photos[place].path.name}: {pl_module.said[place]}" for place in chosen]
        for place in self._spread(pl_module.answered):
            question = data.question_sets["val"].questions[place]
            lines.append(f"{question.path.name}: {question.text} {pl_module.answered[place]}")
        log.info("  %s", "\n  ".join(lines))
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_text("samples", "\n\n".join(lines), trainer.global_step)
                for name, picture in _pictures(pl_module, chosen):
                    logger.experiment.add_image(f"attention/{name}", picture, trainer.global_step, dataformats="HWC")

    def _spread(self, said: Mapping[int, str]) -> list[int]:
        places = list(said)
        return places[:: max(1, len(places) // self.count)][: self.count]


def _pictures(task: CaptionTask, places: list[int]) -> Iterator[tuple[str, np.ndarray]]:
    """These photos of the validation split with the attention of their captions, as RGB (y, x, 3)."""
    data = task.data
    batch = data.batch("val", places) if places else {}
    found = task.say("val", {name: value.to(task.device) for name, value in batch.items()}) if places else []
    for place, hypotheses in zip(places, found, strict=True):
        path, best = data.sets["val"].photos[place].path, hypotheses[0]
        words = [data.vocabulary.tokens[number] for number in best.words]
        figure = attention_figure(read_photo(path), words, best.p.numpy(), data.image)
        yield path.name, np.asarray(as_image(figure).convert("RGB"))
