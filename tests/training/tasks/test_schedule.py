import math
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.precision import MixedPrecision, Precision
from pytorch_lightning.trainer.states import TrainerFn
from torch import nn
from torch.utils.data import DataLoader

from captioner.training.tasks.schedule import optimizer, steps_in_all


def named(*modules: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [pair for module in modules for pair in module.named_parameters()]


def test_the_rate_rises_then_falls_as_a_cosine_to_a_hundredth():
    made: Any = optimizer([(named(nn.Linear(2, 2)), 0.5)], weight_decay=0.1, warmup=0.1, steps=100)
    adam, schedule = made["optimizer"], made["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(100):
        rates.append(adam.param_groups[0]["lr"])
        adam.step()
        schedule.step()
    assert rates[:10] == pytest.approx([0.05 * step for step in range(1, 11)])
    assert rates[55] == pytest.approx(0.5 * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * 45 / 90))))
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert adam.param_groups[0]["lr"] == pytest.approx(0.005)


def test_matrices_decay_and_frozen_weights_are_left_out():
    free, frozen = nn.Linear(3, 2), nn.Linear(4, 4).requires_grad_(False)
    made = optimizer([(named(free), 1e-3), (named(frozen), 1e-4)], weight_decay=0.1, warmup=0.0, steps=10)
    groups = made["optimizer"].param_groups
    assert [(group["weight_decay"], [tuple(p.shape) for p in group["params"]]) for group in groups] == [
        (0.1, [(2, 3)]),
        (0.0, [(2,)]),
    ]


def test_each_group_has_its_own_rate():
    groups = [(named(nn.Linear(3, 2, bias=False)), 1e-3), (named(nn.Linear(3, 2, bias=False)), 1e-4)]
    made = optimizer(groups, weight_decay=0.1, warmup=0.0, steps=10)
    assert [group["initial_lr"] for group in made["optimizer"].param_groups] == [1e-3, 1e-4]
    assert torch.is_tensor(made["optimizer"].param_groups[0]["params"][0])


@pytest.mark.parametrize("precision", [Precision(), MixedPrecision("bf16-mixed", "cpu")], ids=["float32", "bfloat16"])
def test_one_kernel_takes_the_step_and_gradients_are_clipped_in_every_precision(precision):
    layer = nn.Linear(3, 2)
    adam = optimizer([(named(layer), 1e-3)], weight_decay=0.1, warmup=0.0, steps=10)["optimizer"]
    assert all(group["fused"] for group in adam.param_groups)
    for weight in layer.parameters():
        weight.grad = torch.full_like(weight, 100.0)
    precision.clip_gradients(adam, 2.0)
    norm = nn.utils.get_total_norm([weight.grad for weight in layer.parameters() if weight.grad is not None])
    assert norm.item() == pytest.approx(2.0, rel=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_epochs": 3},
        {"max_epochs": 3, "max_steps": 4},
        {"max_epochs": 2, "accumulate_grad_batches": 2},
        {"max_epochs": 2, "limit_train_batches": 3},
        {"max_epochs": 2, "limit_train_batches": 0.5},
    ],
)
def test_the_steps_of_a_run_are_those_that_lightning_estimates(settings):
    class Task(pl.LightningModule):
        def training_step(self, batch, index):
            return None

    trainer = pl.Trainer(accelerator="cpu", barebones=True, **settings)
    batches: Any = DataLoader([0] * 5)  # type: ignore[arg-type]
    trainer.strategy.connect(Task())
    trainer._data_connector.attach_data(Task(), train_dataloaders=batches)
    trainer.state.fn = TrainerFn.FITTING
    assert steps_in_all(trainer, len(batches)) == trainer.estimated_stepping_batches


def test_a_run_without_an_end_has_no_schedule():
    assert steps_in_all(pl.Trainer(accelerator="cpu", barebones=True, max_steps=4), 5) == 4
    trainer = pl.Trainer(accelerator="cpu", barebones=True, max_epochs=-1)
    with pytest.raises(ValueError, match=r"give --trainer.max_epochs or --trainer.max_steps"):
        steps_in_all(trainer, 5)
