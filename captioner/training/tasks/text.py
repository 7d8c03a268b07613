"""The language-model task: truncated back-propagation through time (Williams & Peng 1990), scored on held-out text."""

import math
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import STEP_OUTPUT, OptimizerLRScheduler
from torch import Tensor

from captioner.data.feed.chance import chance
from captioner.data.feed.texts import Window
from captioner.models.bundle import Bundle
from captioner.nn.core.cells import State
from captioner.nn.heads.losses import word_loss
from captioner.nn.network import Network
from captioner.nn.results import Read
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.ranges import PART, SHARE, WEIGHT, check_ranges
from captioner.text.tokenize import TextKind
from captioner.training.data.text import TextData
from captioner.training.seed import run_seed
from captioner.training.tasks.schedule import optimizer, steps_in_all

DEFAULT_CORE = CoreSettings(embedding=64)
RANGES = {"dropout": PART, "learning_rate": WEIGHT, "weight_decay": WEIGHT, "warmup": SHARE}


class TextTask(pl.LightningModule):
    """Trains a network to say which token follows, window after window of many streams.

    The state goes on from window to window, so that the forward pass is that of one long run; the gradient is cut
    where a window begins.

    Args:
        vocabulary_size: number of tokens; the command line links it to the data.
        core: shape of the core; what it says of attention and grid is not used, since there is no photo.
        tokenizer: what the tokens are, linked likewise.
        dropout: probability of dropping a value of a token, between layers, and before the vocabulary product.
        learning_rate: highest rate of AdamW.
        weight_decay: of matrices.
        warmup: fraction of all steps in which the rate rises; then it falls as a cosine.
    """

    def __init__(
        self,
        vocabulary_size: int,
        core: CoreSettings = DEFAULT_CORE,
        *,
        tokenizer: TextKind = "characters",
        dropout: float = 0.0,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.01,
        warmup: float = 0.02,
    ) -> None:
        check_ranges(locals(), RANGES, of="model.")
        super().__init__()
        settings = NetworkSettings(EncoderSettings("none", "none"), core, tied=False, dropout=dropout)
        self.network = Network(settings, vocabulary=vocabulary_size, captions=False)
        self.unit = tokenizer.removesuffix("s")
        self.rate, self.weight_decay, self.warmup = learning_rate, weight_decay, warmup
        self.state: State | None = None
        """Of the train streams, after the last window."""
        self.held_out: State | None = None
        """Of the held-out streams."""

    @property
    def data(self) -> TextData:
        """The data module of the running trainer."""
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def score_names(self, split: str) -> list[str]:
        """The scores as they are logged."""
        return [f"{split}/bits_per_{self.unit}", f"{split}/perplexity"]

    def bundle(self) -> Bundle:
        """What was trained, to be used."""
        return Bundle(self.network.settings, self.network, self.data.vocabulary, None)

    def usage(self, bundle: Path) -> str:
        """The command that uses the bundle."""
        return f"captioner write --model {bundle} --prompt TEXT"

    def on_train_epoch_start(self) -> None:
        """The text begins again; chance hangs on seed and epoch, so a resumed run equals an uninterrupted one."""
        self.state = None
        torch.manual_seed(chance(run_seed(), self.current_epoch, self.global_rank))

    def training_step(self, batch: Window, index: int) -> STEP_OUTPUT:
        """Cross-entropy of one window; the state goes on, its gradient does not."""
        read = self.network.read(batch.words, self.state)
        self.state = read.state.detach()
        loss = _loss(read, batch)
        self.log("train/loss", loss.detach(), prog_bar=True, batch_size=batch.words.numel())
        return loss

    def on_validation_epoch_start(self) -> None:
        """The held-out text begins again."""
        self.held_out = None
        self._sums = torch.zeros(2, dtype=torch.float64)

    def validation_step(self, batch: Window, index: int) -> None:
        """Adds up nats and tokens."""
        read = self.network.read(batch.words, self.held_out)
        self.held_out = read.state
        count = batch.words.numel()
        self._sums += torch.tensor([float(_loss(read, batch)) * count, count], dtype=torch.float64)

    def on_validation_epoch_end(self) -> None:
        """Of all ranks: bits per token, and how many equally probable tokens that would be."""
        sums = self.trainer.strategy.reduce(self._sums.to(self.device, torch.float32), reduce_op="sum")
        assert isinstance(sums, Tensor)
        nats = float(sums[0] / sums[1])
        values = (nats / math.log(2), math.exp(nats))
        self.log_dict(dict(zip(self.score_names("val"), values, strict=True)))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with warm-up and cosine."""
        return optimizer(
            [(list(self.network.named_parameters()), self.rate)],
            weight_decay=self.weight_decay,
            warmup=self.warmup,
            steps=steps_in_all(self.trainer, self.data.batches),
        )


def _loss(read: Read, window: Window) -> Tensor:
    """Mean nats a token; in the order in which the logits lie in memory, so that nothing is copied."""
    return word_loss(read.logits.transpose(0, 1).flatten(0, 1), window.following.t().flatten())
