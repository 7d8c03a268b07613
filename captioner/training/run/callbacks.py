"""What happens beside the training: the best bundle, averaged weights, and sample captions with their attention."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, WeightAveraging
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

from captioner.figures.attention import attention_figure
from captioner.figures.canvas import as_image
from captioner.inference.engines.network import NetworkEngine
from captioner.inference.photos import source_picture
from captioner.inference.texts import write
from captioner.models.bundle import save_bundle
from captioner.ranges import SHARE, check_ranges
from captioner.training.run.telling.card import model_card
from captioner.training.seed import global_seed
from captioner.training.tasks.photos import CaptionTask
from captioner.training.tasks.text import TextTask
from captioner.training.tasks.translation import TranslationTask

log = logging.getLogger(__name__)


class BestBundle(Callback):
    """Writes the bundle whenever the monitored score is the best so far.

    Args:
        folder: of the bundle.
        monitor: name of the score.
        mode: whether the largest or the smallest is best.
        licence: of the bundle, as its model card states it; empty for none.
    """

    def __init__(self, folder: Path, monitor: str, mode: Literal["max", "min"], *, licence: str = "") -> None:
        self.folder, self.monitor, self.licence = folder, monitor, licence
        self.sign = 1 if mode == "max" else -1
        self.best = -self.sign * float("inf")

    def state_dict(self) -> dict[str, Any]:
        """The best score, so that a resumed run goes on from it."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the best score over."""
        self.best = state_dict["best"]

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compares and writes."""
        score = trainer.callback_metrics.get(self.monitor)
        if trainer.state.fn != "fit" or trainer.sanity_checking or score is None:
            return
        if not self.sign * float(score) > self.sign * self.best:  # nor is one that is no number
            return
        self.best = float(score)
        self._write(trainer, pl_module)

    @rank_zero_only
    def _write(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        assert isinstance(task, CaptionTask | TextTask | TranslationTask)
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
        about: dict[str, Any] = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "epoch": trainer.current_epoch,
            "step": trainer.global_step,
            "seed": global_seed(),
            "scores": metrics,
            "train": task.data.about("train"),
        }
        if self.licence:
            about["licence"] = self.licence
        bundle = task.bundle()
        bundle = replace(bundle, about=bundle.about | about)
        save_bundle(self.folder, bundle, card=model_card(bundle, self.folder.resolve().parent.name))
        log.info("%s is the best so far (%s %.4f)", self.folder, self.monitor, self.best)


class AveragedWeights(WeightAveraging):
    """An exponential moving average of the weights, which is what is validated and put into the bundle.

    Lightning's own puts the trained weights back before the scores are known; here they come back after the bundle
    was written, so this callback stands behind `BestBundle`. And its own formula changes even what is never trained, by
    rounding, so that a frozen encoder would not be known again (its features are stored under its weights).

    Args:
        decay: of the average, a step; it is brought up to date at every fourth.

    Raises:
        ValueError: the decay is not from 0 to 1.
    """

    def __init__(self, decay: float) -> None:
        check_ranges({"average": decay}, {"average": SHARE})
        super().__init__(avg_fn=partial(_approach, share=1 - decay**4))

    def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
        """At every fourth step."""
        return step_idx is not None and step_idx % 4 == 0

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
        lines = [f"{data.photo('val', place).path.name}: {pl_module.said[place]}" for place in chosen]
        for place in self._spread(pl_module.answered):
            question = data.asked("val")[place]
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


class TextSamples(Callback):
    """Logs a short text after every epoch, the same seed each time."""

    def __init__(self, length: int = 300) -> None:
        self.length = length

    @rank_zero_only
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Writes from nothing."""
        assert isinstance(pl_module, TextTask)
        if not trainer.sanity_checking:
            engine = NetworkEngine(pl_module.bundle(), pl_module.device)
            written = write(engine, pl_module.data.vocabulary, length=self.length, temperature=0.7, seed=0)
            log.info("  %s", "".join(written).replace("\n", "\n  "))


class TranslationSamples(Callback):
    """Logs a few translations after every epoch, each below its source."""

    def __init__(self, count: int = 3) -> None:
        self.count = count

    @rank_zero_only
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Takes sentences from evenly spread places of the split."""
        assert isinstance(pl_module, TranslationTask)
        if not trainer.sanity_checking:
            pairs, said = pl_module.data.pairs("val"), pl_module.said
            places = list(said)[:: max(1, len(said) // self.count)][: self.count]
            log.info("  %s", "\n  ".join(f"{pairs[place].source}\n    {said[place]}" for place in places))


def _approach(average: Tensor, trained: Tensor, _: object, *, share: float) -> Tensor:
    """The average, moved towards the trained weight by that share of their difference.

    What equals already stays as it is, to the bit: -0 + share * (-0 - -0) would be +0, and a store of features another.
    """
    return torch.where(average == trained, average, average + share * (trained - average))


def _pictures(task: CaptionTask, places: list[int]) -> Iterator[tuple[str, np.ndarray]]:
    """These photos of the validation split with the attention of their captions, as RGB (y, x, 3)."""
    data = task.data
    batch = data.batch("val", places) if places else {}
    found = task.say("val", {name: value.to(task.device) for name, value in batch.items()}) if places else []
    for place, hypotheses in zip(places, found, strict=True):
        photo, best = data.photo("val", place), hypotheses[0]
        if not photo.path.is_file():  # a packed photo, whose file lies on another machine
            continue
        words = [data.vocabulary.tokens[number] for number in best.words]
        figure = attention_figure(source_picture(photo.source, data.image), words, best.p, data.image)
        yield photo.path.name, np.asarray(as_image(figure).convert("RGB"))
