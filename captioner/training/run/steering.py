"""A training with its run: LightningCLI over the signatures of the task and the data module that are chosen."""

import logging
import math
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI, SaveConfigCallback
from pytorch_lightning.utilities import rank_zero_only

from captioner.disk.replacing import clear
from captioner.disk.writing import names
from captioner.files import write_text
from captioner.nn.threads import fix_threads
from captioner.ranges import COUNT_OR_ALL, FROM_NONE, SHARE, check_ranges
from captioner.training.run.callbacks import AveragedWeights, BestBundle
from captioner.training.run.checkpoints import (
    WholeCheckpoints,
    WithinEpoch,
    best_checkpoint,
    check_fits,
    last_checkpoint,
    newest_checkpoint,
    read_checkpoint,
    warn_of_two_epochs,
)
from captioner.training.run.ending import LastValidation, refuse_without_validation
from captioner.training.run.kinds import Kind, KindName
from captioner.training.run.precision import automatic
from captioner.training.run.telling.metrics import loggers
from captioner.training.run.telling.report import Bar, Report, Speed
from captioner.training.run.threads import Threads

log = logging.getLogger(__name__)


class CaptionerCLI(LightningCLI):
    """A run is a folder: config.yaml, metrics.csv, checkpoints/ to resume from, and bundle/ to use.

    Args:
        verb: `fit`, `validate` or `test`.
        kind: what is trained.
        held: what is given back at the end, whatever happens: the lock of the run.
        settings: of `LightningCLI`.
    """

    def __init__(self, verb: str, kind: Kind, held: ExitStack, **settings: Any) -> None:
        self.verb, self.kind, self.held = verb, kind, held
        super().__init__(kind.task, kind.data, **settings)

    def subcommands(self) -> dict[str, set[str]]:  # type: ignore[override]
        """Of Lightning's verbs the one that runs: to describe the settings of one takes a quarter of a second."""
        return {self.verb: super().subcommands()[self.verb]}

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """The run's own settings, and the links between data and network."""
        parser.add_argument(
            "--task",
            type=KindName,
            default=self.kind.name,
            help="`photos`: captions, questions; `text`: a language model; `translate`: sentences",
        )
        parser.add_argument("--run", type=Path, default=Path(self.kind.run), help="folder of the run")
        parser.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
        parser.add_argument(
            "--precision",
            type=Literal["float32", "auto"],
            default="float32",
            help="`auto`: bfloat16 where that is faster; --trainer.precision knows more",
        )
        parser.add_argument(
            "--threads",
            type=int | None,
            default=None,
            help="of a processor; none: measured, so that two runs differ in the last digits of their numbers",
        )
        parser.add_argument("--monitor", type=str, default=self.kind.monitor, help="score that chooses the best epoch")
        parser.add_argument(
            "--patience", type=int, default=5, help="epochs without a better score before stopping early"
        )
        parser.add_argument("--licence", type=str, default="", help="of the model, for its card, such as cc-by-4.0")
        parser.add_argument(
            "--average", type=float, default=0.0, help="decay a step of the averaged weights; 0 validates the last ones"
        )
        if self.kind.name == "photos":
            parser.add_argument(
                "--checkpoint_every",
                type=int | None,
                default=None,
                help="steps between two checkpoints within an epoch; none: at validations only",
            )
            parser.link_arguments("model.start_from", "data.start_from")
            parser.link_arguments("model.network.evidence.nouns", "data.evidence")
            parser.link_arguments("model.network.encoder.name", "data.encoder")
        for fact, setting in self.kind.links.items():
            parser.link_arguments(f"data.{fact}", f"model.{setting}", apply_on="instantiate")

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Looks at a checkpoint that was named before Lightning does, for the sake of the error message."""
        super().parse_arguments(parser, args)
        if (path := self._setting("ckpt_path")) is not None:
            read_checkpoint(Path(path))

    def before_instantiate_classes(self) -> None:
        """Of the three verbs only `fit` writes into the run; its config.yaml can begin another run."""
        self.resume = self._setting("resume")
        self.config[self.config["subcommand"]]["resume"] = False
        check_ranges({"threads": self._setting("threads")}, {"threads": COUNT_OR_ALL}, of="--")
        if (count := self._setting("threads")) is not None:
            fix_threads(count)
        if self.subcommand != "fit":
            self.save_config_callback = None

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Adds the run's loggers and callbacks to those that the recipe names."""
        run, monitor, mode = Path(self._setting("run")), self._setting("monitor"), self.kind.best
        trainer = self._get(self.config_init, "trainer")
        callbacks: list[Any] = [Report()] if trainer["enable_progress_bar"] is False else [Bar(), Report()]
        if self.subcommand == "fit":
            check_ranges(self.config["fit"], {"patience": FROM_NONE, "average": SHARE}, of="--")
            check_ranges({"checkpoint_every": None, **self.config["fit"]}, {"checkpoint_every": COUNT_OR_ALL}, of="--")
            callbacks += [
                # Bundle, best and last are written in this order: who goes on from the last does again what it lacks.
                _checkpoint(best_checkpoint(run), monitor=monitor, mode=mode),
                _checkpoint(last_checkpoint(run)),  # Lightning's own `save_last` saves no epoch but the best ones
                EarlyStopping(monitor, mode=mode, patience=self._setting("patience")),
                LearningRateMonitor("step"),
                LastValidation(),
                BestBundle(run / "bundle", monitor, mode, licence=self._setting("licence")),
                self.kind.told(),
                Speed(self.kind.unit, self.kind.count),
                Threads(self.kind.unit, self.kind.count),
            ]
            if (every := self.config["fit"].get("checkpoint_every")) is not None:
                callbacks.append(WithinEpoch(last_checkpoint(run), every))
            kwargs["plugins"] = [WholeCheckpoints(), *(trainer["plugins"] or [])]
            if average := self._setting("average"):
                callbacks.append(AveragedWeights(average))  # behind all that look at the averaged weights
        if trainer["logger"] is None:
            kwargs["logger"] = loggers(run, resume=self.resume) if self.subcommand == "fit" else False
        if self._setting("precision") == "auto" and trainer["precision"] is None:
            kwargs["precision"] = automatic(trainer["accelerator"])
        return super().instantiate_trainer(**kwargs, callbacks=callbacks + (trainer["callbacks"] or []))

    def before_fit(self) -> None:
        """Refuses to mix two runs in one folder; finds the checkpoint of an interrupted one."""
        run, monitor, known = self._setting("run"), self._setting("monitor"), self.model.score_names("val")
        if monitor not in known:
            raise ValueError(f"--monitor {monitor} is no score of this recipe; choose one of {', '.join(known)}")
        refuse_without_validation(self.trainer)
        if not self.resume or Path(run).is_dir():
            self._alone(Path(run))
        if self.resume:
            self._take_checkpoint(newest_checkpoint(Path(run)))
        elif last_checkpoint(Path(run)).exists():
            raise ValueError(f"{run} holds a run already: go on with --resume, or name another with --run")
        elif (path := self._setting("ckpt_path")) is not None:
            self._take_checkpoint(Path(path))

    @rank_zero_only
    def _alone(self, run: Path) -> None:
        """Keeps the run from other processes, and clears what killed ones left in it.

        Raises:
            ValueError: another process trains it.
        """
        with names(run):
            run.mkdir(parents=True, exist_ok=True)
            try:
                self.held.enter_context(FileLock(run / "lock", blocking=False))  # which ends with its process
            except Timeout:
                raise ValueError(f"{run} is being trained by another process; name another run with --run") from None
        for folder in (run, run / "checkpoints", run / "bundle"):
            clear(folder)

    def after_fit(self) -> None:
        """Says where the result lies and what to type next."""
        bundle = Path(self._setting("run")) / "bundle"
        (best,) = (each.best for each in self.trainer.callbacks if isinstance(each, BestBundle))  # type: ignore[attr-defined]
        if not math.isfinite(best):
            raise ValueError(
                f"{self._setting('monitor')} was a number at no validation, so nothing was saved in {bundle};"
                " the training diverged (lower --model.learning_rate), or was over before its first step"
            )
        if self.trainer.is_global_zero:
            log.info("the best epoch is in %s; next: %s", bundle, self.model.usage(bundle))

    def before_validate(self) -> None:
        """Takes the run's best checkpoint if none is named."""
        self._score()

    def before_test(self) -> None:
        """Takes the run's best checkpoint if none is named."""
        if self.kind.name == "text":
            raise ValueError("a text has no test part; `captioner validate` scores the part that was held out")
        self._score()

    def _score(self) -> None:
        given = self._setting("ckpt_path")
        path = best_checkpoint(Path(self._setting("run"))) if given is None else Path(given)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such checkpoint; name the folder of a run with --run, or --ckpt_path")
        self._take_checkpoint(path)
        if given is None:
            warn_of_two_epochs(Path(self._setting("run")))
        log.info("scoring %s", path)

    def _take_checkpoint(self, path: Path) -> None:
        check_fits(path, self.model.state_dict())
        settings = self.config_init[self.config["subcommand"]]
        settings["ckpt_path"], settings["weights_only"] = path, True

    def _setting(self, name: str) -> Any:
        return self.config[self.config["subcommand"]][name]


class Recipe(SaveConfigCallback):
    """Writes config.yaml of the run, from which it can be trained again."""

    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Writes it, whole."""
        write_text(Path(self.config["run"]) / "config.yaml", self.parser.dump(self.config, skip_none=False))


def _checkpoint(path: Path, **choice: Any) -> ModelCheckpoint:
    return ModelCheckpoint(path.parent, filename=path.stem, enable_version_counter=False, **choice)
