"""What a training says on stderr: the program's own sentences, and of Lightning's only those that warn."""

import logging
import sys
import warnings
from typing import TextIO

from captioner.text.shown import shown

# Warnings that nobody can do anything about, each by its own words.
NOISE = (
    "LightningCLI's args parameter is intended to run from within Python",
    r".*does not have many workers",
    r"Found \d+ module\(s\) in eval mode",  # frozen stages, on purpose
    r"The number of training batches .* is smaller than the logging interval",  # `Report` lowers it
    r"Checkpoint directory .* exists and is not empty",  # when resuming
    r"Your `IterableDataset` has `__len__` defined",  # each worker of litdata's has its own share
    r"The dirpath has changed from",  # when scoring, nothing is saved
    r"Be aware that when using `ckpt_path`",  # the callbacks of `fit` have nothing to do when scoring
    r"It is recommended to use `self\.log\('(val|test)/",  # every process scores what all of them said
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",
)


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what sys.stderr is at that moment, so that lines appear above a progress bar and not in it."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        pass

    def format(self, record: logging.LogRecord) -> str:
        """Names and words cannot move the cursor."""
        return shown(super().format(record), keep="\n\t")


def only_our_words() -> None:
    """The program's own messages are shown; of Lightning's only those that warn, but for NOISE."""
    ours = logging.getLogger("captioner")
    ours.setLevel(logging.INFO)
    if not any(isinstance(handler, _Stderr) for handler in ours.handlers):
        ours.addHandler(_Stderr())
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for pattern in NOISE:
        warnings.filterwarnings("ignore", pattern)
