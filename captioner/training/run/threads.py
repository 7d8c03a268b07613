"""With how many threads a training steps and validates: the count that is fastest here and now."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback

from captioner.choosing import Choice
from captioner.nn.threads import thread_counts


class Threads(Callback):
    """Chooses a number of threads, for steps and for validation each, where the training is on a processor.

    Args:
        unit: what is counted, in the plural.
        count: of a batch.
        clock: seconds from any beginning on.
    """

    def __init__(self, unit: str, count: Callable[[Any], int], *, clock: Callable[[], float] = perf_counter) -> None:
        self.count, self.clock, self.counts = count, clock, thread_counts()
        self.way: str | None = None
        self.before = torch.get_num_threads()
        self.steps = Choice("training", list(self.counts), unit=unit, clock=clock)
        self.validation: dict[int, Choice] = {}
        """By the loader of its batches: captions and questions take their own time."""

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, index: int) -> None:
        """A step begins."""
        self._begin(self.steps, trainer)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """It is over."""
        self._end(self.steps, self.count(batch))

    def on_validation_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, index: int, loader: int = 0
    ) -> None:
        """A batch of the validation begins."""
        ways = list(self.counts)
        choice = self.validation.setdefault(loader, Choice("validation", ways, unit="batches", clock=self.clock))
        self._begin(choice, trainer)

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        index: int,
        loader: int = 0,
    ) -> None:
        """It is over."""
        self._end(self.validation[loader], 1)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leaves as many threads as there were."""
        torch.set_num_threads(self.before)

    def _begin(self, choice: Choice, trainer: pl.Trainer) -> None:
        if trainer.strategy.root_device.type == "cpu" and len(self.counts) > 1:
            self.begun, self.way = self.clock(), choice.way
            torch.set_num_threads(self.counts[self.way])

    def _end(self, choice: Choice, size: int) -> None:
        if self.way is not None:
            choice.took(self.way, self.clock() - self.begun, size)
            self.way = None
