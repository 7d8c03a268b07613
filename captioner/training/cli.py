"""`captioner fit|validate|test`: LightningCLI over the task's and the data module's own signatures."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger

from captioner.training.callbacks import AveragedWeights, BestBundle, SampleCaptions, Speed
from captioner.training.data import CaptionData
from captioner.training.task import CaptionTask


class CaptionerCLI(LightningCLI):
    """A run is a folder: config.yaml, metrics.csv, checkpoints/ to resume from, and bundle/ to use."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """The run's own settings, and the one link between data and network."""
        parser.add_argument("--run", type=Path, default=Path("runs/captions"), help="folder of the run")
        parser.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
        parser.add_argument(
            "--monitor", type=str, default="val/cider_d_greedy", help="score that chooses the best epoch"
        )
        parser.add_argument(
            "--patience", type=int, default=5, help="epochs without a better score before stopping early"
        )
        parser.add_argument(
            "--average", type=float, default=0.0, help="decay a step of the averaged weights; 0 validates the last ones"
        )
        parser.link_arguments("data.vocabulary_size", "model.vocabulary_size", apply_on="instantiate")

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Adds the run's loggers and callbacks to the trainer."""
        run, monitor = Path(self._get(self.config, "run")), self._get(self.config, "monitor")
        kwargs["logger"] = _loggers(run)
        kwargs["callbacks"] = [
            ModelCheckpoint(run / "checkpoints", save_last=True, monitor=monitor, mode="max", save_top_k=1),
            EarlyStopping(monitor, mode="max", patience=self._get(self.config, "patience")),
            LearningRateMonitor("step"),
            BestBundle(run / "bundle", monitor),
            *([AveragedWeights(average)] if (average := self._get(self.config, "average")) else []),
            SampleCaptions(),
            Speed(),
        ]
        return super().instantiate_trainer(**kwargs)

    def before_fit(self) -> None:
        """Refuses to mix two runs in one folder; finds the checkpoint of an interrupted one."""
        settings = self.config_init["fit"]
        last = Path(settings["run"]) / "checkpoints" / "last.ckpt"
        if settings["resume"]:
            if not last.is_file():
                raise ValueError(f"there is nothing to resume: {last} does not exist; leave --resume out")
            settings["ckpt_path"], settings["weights_only"] = last, True
        elif last.exists():
            raise ValueError(f"{settings['run']} holds a run already: go on with --resume, or name another with --run")


def _loggers(run: Path) -> list[Logger]:
    """metrics.csv always, TensorBoard where it is installed."""
    loggers: list[Logger] = [CSVLogger(run, name="", version="")]
    with suppress(ModuleNotFoundError):
        loggers.append(TensorBoardLogger(run, name="", version="tensorboard"))
    return loggers


def run(arguments: list[str]) -> int:
    """Runs `fit`, `validate` or `test` with the rest of the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("captioner").setLevel(logging.INFO)
    torch.set_float32_matmul_precision("high")
    sys.argv[0] = "captioner"
    CaptionerCLI(
        CaptionTask,
        CaptionData,
        args=arguments,
        seed_everything_default=0,
        save_config_kwargs={"overwrite": True},
        trainer_defaults={
            "max_epochs": 10,
            "gradient_clip_val": 5.0,
            "num_sanity_val_steps": 0,
            "log_every_n_steps": 20,
        },
        parser_kwargs={"prog": "captioner"},
    )
    return 0
