"""metrics.csv: one row a logged step, written whole each time, and continued by a resumed run."""

import csv
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger, TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only

from captioner.files import read_text, write_text


class MetricsFile(Logger):
    """Lightning's own CSV logger deletes the file of the run that it continues; this one goes on in it.

    Rows that the interrupted run logged after its last checkpoint are dropped, since their steps are done again.

    Args:
        folder: of the run.
        resume: whether to go on in a file that is there; otherwise it is written anew.
    """

    def __init__(self, folder: Path, *, resume: bool) -> None:
        super().__init__()
        self.folder, self.path = folder, folder / "metrics.csv"
        self.rows: list[dict[str, Any]] = []
        self.resumed = resume and self.path.is_file()
        if self.resumed:
            self.rows = list(csv.DictReader(io.StringIO(read_text(self.path))))

    @property
    def name(self) -> str:
        """A run has no name beside its folder."""
        return ""

    @property
    def version(self) -> str:
        """Nor versions."""
        return ""

    @property
    def save_dir(self) -> str:
        """Where Lightning puts config.yaml."""
        return str(self.folder)

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """config.yaml has them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Adds a row, or columns to the row of the same step."""
        assert step is not None
        if self.resumed:
            self.rows = [row for row in self.rows if int(row["step"]) < step]
            self.resumed = False
        if not self.rows or int(self.rows[-1]["step"]) != step:
            self.rows.append({"step": step})
        self.rows[-1].update(metrics)

    @rank_zero_only
    def save(self) -> None:
        """Writes the file."""
        columns = dict.fromkeys(["epoch", "step", *(name for row in self.rows for name in row)])
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(self.path, text.getvalue())


def loggers(run: Path, *, resume: bool) -> list[Logger]:
    """metrics.csv always, TensorBoard where it is installed."""
    made: list[Logger] = [MetricsFile(run, resume=resume)]
    with suppress(ModuleNotFoundError):
        made.append(TensorBoardLogger(run, name="", version="tensorboard"))
    return made
