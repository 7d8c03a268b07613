"""AdamW with warm-up and cosine (Loshchilov & Hutter, arXiv:1608.03983 and arXiv:1711.05101)."""

import math
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import nn

Named = Sequence[tuple[str, nn.Parameter]]


def optimizer(
    groups: Sequence[tuple[Named, float]], *, weight_decay: float, warmup: float, steps: int
) -> OptimizerLRSchedulerConfig:
    """The optimizer of these groups of named parameters, each with its own highest rate.

    Args:
        groups: parameters with their rate; frozen ones are left out.
        weight_decay: of tensors with two or more axes.
        warmup: fraction of the steps in which the rate rises from 0.
        steps: optimizer steps of the whole run; the rate ends at 1 % of its highest.
    """
    parts: list[dict[str, Any]] = []
    for named, rate in groups:
        trained = [parameter for _, parameter in named if parameter.requires_grad]
        matrices = [parameter for parameter in trained if parameter.ndim > 1]
        others = [parameter for parameter in trained if parameter.ndim <= 1]
        parts.append({"params": matrices, "lr": rate, "weight_decay": weight_decay})
        parts.append({"params": others, "lr": rate, "weight_decay": 0.0})
    adam = torch.optim.AdamW([part for part in parts if part["params"]], betas=(0.9, 0.98), fused=True)
    # A fused optimizer offers to undo the scaling of float16's gradients, and Lightning then clips none, not even in
    # bfloat16, which needs no scaling. Without the offer whoever scales undoes it before the clipping.
    adam._step_supports_amp_scaling = False
    rising = max(1, round(warmup * steps))

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        done = min(1.0, (step - rising) / max(1, steps - rising))
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))

    schedule = torch.optim.lr_scheduler.LambdaLR(adam, share)
    return {"optimizer": adam, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def steps_in_all(trainer: pl.Trainer, batches: int) -> int:
    """Optimizer steps of a whole run, from what the data module says of an epoch.

    Lightning's `estimated_stepping_batches` says the same, but opens the loader for it before a checkpoint's state is
    loaded, and then forgets that state (Lightning#20550): samples would be seen twice, and others never.

    Args:
        trainer: of the run.
        batches: of an epoch, of one process.

    Raises:
        ValueError: the run has no end that is known, so no rate can fall towards it.
    """
    limit = trainer.limit_train_batches
    batches = min(batches, limit) if isinstance(limit, int) else int(batches * limit)
    epochs = -1 if trainer.max_epochs is None else trainer.max_epochs
    if epochs == trainer.max_steps == -1:
        raise ValueError("the learning rate falls towards the end: give --trainer.max_epochs or --trainer.max_steps")
    if epochs == -1:
        return trainer.max_steps
    steps = math.ceil(batches / trainer.accumulate_grad_batches) * max(epochs, 1)
    return steps if trainer.max_steps == -1 else min(steps, trainer.max_steps)
