"""The data module of language models: one text of any size, the most of it to train on, its end to be judged on."""

from functools import cached_property
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from captioner.data.feed.texts import Part, TextStore, Windows, open_text
from captioner.ranges import COUNT, Range, check_ranges
from captioner.text.tokenize import TextKind
from captioner.text.vocabulary import Vocabulary

RANGES = {
    **dict.fromkeys(("min_count", "streams", "window"), COUNT),
    "held_out": Range(0, 1, above=True, below=True),  # the part that is judged on, and the part that is trained on
}


class TextData(pl.LightningDataModule):
    """One text file, read as parallel streams.

    Args:
        text: the file, UTF-8, in any language; of any size, for it is never in memory.
        tokenizer: `characters` or `words`; words are lower-case and without punctuation.
        min_count: how often a token must occur in the train part to be known.
        held_out: share of the text, at its end, that is not trained on.
        streams: places of the text that are read side by side.
        window: tokens after which the gradient is cut; the state goes on.
        texts: folder where texts are kept as numbers.
    """

    def __init__(
        self,
        text: Path,
        *,
        tokenizer: TextKind = "characters",
        min_count: int = 1,
        held_out: float = 0.05,
        streams: int = 64,
        window: int = 100,
        texts: Path = Path("texts"),
    ) -> None:
        check_ranges(locals(), RANGES, of="data.")
        super().__init__()
        self.text, self.texts = Path(text), Path(texts)
        self.tokenizer, self.min_count, self.held_out = tokenizer, min_count, held_out
        self.streams, self.window = streams, window

    @cached_property
    def store(self) -> TextStore:
        """The text as numbers; made at the first use.

        Raises:
            FileNotFoundError, ValueError: as `open_text`; or there is nothing to train on, or to be judged on.
        """
        store = open_text(
            self.texts, self.text, tokenizer=self.tokenizer, min_count=self.min_count, held_out=self.held_out
        )
        train, held_out = len(store.ids("train")), len(store.ids("held_out"))
        if not train or not held_out:
            raise ValueError(
                f"{self.text} is too short: of its {train + held_out} {self.tokenizer}, {train} are to train on and"
                f" {held_out} to be judged on (held_out {self.held_out:g}); give a text of thousands"
            )
        return store

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens of the train part."""
        return self.store.vocabulary

    @property
    def vocabulary_size(self) -> int:
        """Number v of tokens, to which the command line links the network's size."""
        return len(self.vocabulary)

    @property
    def batches(self) -> int:
        """How many windows an epoch has."""
        return len(self.train_dataloader())

    def train_dataloader(self) -> Windows:
        """The windows of the train part, in their order; each rank reads streams of its own."""
        return self._windows("train", self.streams)

    def val_dataloader(self) -> Windows:
        """The windows of the held-out part; a short one is read in fewer streams, each a window long."""
        return self._windows("held_out", max(1, min(self.streams, len(self.store.ids("held_out")) // self.window)))

    def about(self, split: str) -> dict[str, dict[str, Any]]:
        """How much a split holds, and from which file."""
        count = len(self.store.ids("train" if split == "train" else "held_out"))
        return {self.tokenizer: {"file": self.text.name, "count": count}}

    def _windows(self, part: Part, streams: int) -> Windows:
        ranks = (self.trainer.world_size, self.trainer.global_rank) if self.trainer else (1, 0)
        ids, start = self.store.ids(part), self.vocabulary.start
        return Windows(ids, streams=streams, length=self.window, start=start, ranks=ranks)
