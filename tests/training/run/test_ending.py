"""A training ends with a validation, or is refused before its first step; what was not written is not named."""

import logging

import pytest
import torch

from captioner.models.bundle import load_bundle
from captioner.training.tasks.photos import CaptionTask

FAST = ("--model.validation.max_words=3",)


@pytest.mark.parametrize(
    "options",
    [
        ("--trainer.max_steps=1",),
        ("--trainer.max_epochs=1", "--trainer.check_val_every_n_epoch=2"),
        ("--trainer.max_epochs=3", "--trainer.check_val_every_n_epoch=2"),
        ("--trainer.check_val_every_n_epoch=null", "--trainer.val_check_interval=3", "--trainer.max_epochs=1"),
    ],
)
def test_the_last_weights_are_judged_and_saved_whatever_ends_the_training(verb, own_folder, options):
    assert verb("fit", "--run=r", *options, *FAST) == 0
    assert load_bundle(own_folder / "r/bundle").about["scores"]
    last = torch.load(own_folder / "r/checkpoints/last.ckpt", weights_only=True)
    rows = (own_folder / "r/metrics.csv").read_text().splitlines()
    assert int(rows[-1].split(",")[rows[0].split(",").index("step")]) >= last["global_step"] - 1


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--trainer.max_epochs=0", "max_epochs or max_steps is 0, so nothing would be trained"),
        ("--trainer.max_steps=0", "max_epochs or max_steps is 0, so nothing would be trained"),
        ("--trainer.limit_val_batches=0", "limit_val_batches is 0, so no epoch could be chosen as the best"),
        ("--trainer.limit_train_batches=0", "limit_train_batches is 0, so nothing would be trained"),
        ("--trainer.overfit_batches=1", "overfit_batches leaves no validation split"),
        ("--trainer.fast_dev_run=true", "fast_dev_run leaves no validation split"),
        ("--model.learning_rate=-1", r"model.learning_rate is -1.0, but must be a finite number from 0 on"),
        ("--model.smoothing=5", "model.smoothing is 5.0, but must be a number from 0 to below 1"),
        ("--model.network.core.layers=-1", "core.layers is -1, but must be a whole number from 1 to 100"),
        ("--model.network.dropout=.nan", "network.dropout is nan, but must be a number from 0 to below 1"),
        ("--data.batch_size=0", "data.batch_size is 0, but must be a whole number from 1"),
        ("--data.seed=-1", "data.seed is -1, but must be a whole number from 0 to 4,294,967,295"),
        ("--trainer.gradient_clip_val=-1", "--trainer.gradient_clip_val is -1, but must be a finite number from 0 on"),
        ("--patience=-1", "--patience is -1, but must be a whole number from 0"),
    ],
)
def test_what_could_not_be_judged_is_refused_before_the_first_step(verb, own_folder, monkeypatch, option, message):
    def never(*_: object) -> None:
        raise AssertionError("a step was taken")

    monkeypatch.setattr(CaptionTask, "training_step", never)
    with pytest.raises(ValueError, match=message):
        verb("fit", "--run=r", option)
    assert not (own_folder / "r/bundle").exists()


def test_a_training_that_diverged_names_no_bundle(verb, own_folder, monkeypatch, caplog):
    part = CaptionTask.score_names
    monkeypatch.setattr(
        CaptionTask, "_score", lambda self, split: self.log_dict(dict.fromkeys(part(self, split), torch.nan))
    )
    with caplog.at_level(logging.INFO), pytest.raises(ValueError, match=r"bleu4_greedy was a number at no validation"):
        verb("fit", "--run=r", *FAST)
    assert not (own_folder / "r/bundle").exists()
    assert "the best epoch is in" not in caplog.text
