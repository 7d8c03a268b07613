"""How a training ends: judged on the validation split, whatever ends it, so that what was learned last is saved."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from captioner.ranges import Range, check_ranges


class LastValidation(Callback):
    """Lets Lightning validate where it would not: after the last step or epoch, of an epoch that is cut off too.

    Without it a training that ends within an epoch (`max_steps`, `max_time`), or after one whose turn it was not
    (`check_val_every_n_epoch`, `val_check_interval`), leaves nothing that can be used.
    """

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Looks whether this was the last step."""
        last_epoch = trainer.max_epochs is not None and trainer.current_epoch + 1 == trainer.max_epochs
        if trainer.global_step == trainer.max_steps or (last_epoch and trainer.is_last_batch):
            trainer.should_stop = True  # then the batch is followed by a validation
        if trainer.should_stop:
            trainer.check_val_every_n_epoch = 1


def refuse_without_validation(trainer: pl.Trainer) -> None:
    """Refuses a training that would learn nothing, or could not say which epoch was its best.

    Raises:
        ValueError: which of the trainer's settings does not go, and what does.
    """
    check_ranges(vars(trainer), {"gradient_clip_val": Range(0, absent=True)}, of="--trainer.")
    if trainer.max_epochs == 0 or trainer.max_steps == 0:
        raise ValueError("--trainer.max_epochs or max_steps is 0, so nothing would be trained; give at least 1")
    if trainer.overfit_batches or trainer.fast_dev_run:  # type: ignore[attr-defined]  # set by connectors
        name = "overfit_batches" if trainer.overfit_batches else "fast_dev_run"  # type: ignore[attr-defined]
        raise ValueError(
            f"--trainer.{name} leaves no validation split that could choose the best epoch; for a quick try give"
            " --trainer.limit_train_batches 1 and --trainer.limit_val_batches 1, and to learn few items by heart also"
            " the same file as --data.train and --data.val"
        )
    for name, why in (("train", "nothing would be trained"), ("val", "no epoch could be chosen as the best")):
        if getattr(trainer, f"limit_{name}_batches") == 0:
            raise ValueError(f"--trainer.limit_{name}_batches is 0, so {why}; give at least 1, or leave it out")
