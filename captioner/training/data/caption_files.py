"""Where the captions of one language lie: a part of the data module's settings."""

from dataclasses import dataclass
from pathlib import Path

from captioner.training.data.question_files import Split


@dataclass(frozen=True)
class CaptionFiles:
    """The captions files of all splits."""

    train: Path
    """To train on."""
    val: Path
    """To choose the best epoch by."""
    test: Path | None = None
    """For `captioner test` only."""

    def of(self, split: Split) -> Path | None:
        """The file of a split."""
        return {"train": self.train, "val": self.val, "test": self.test}[split]
