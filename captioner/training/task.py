"""The caption task: teacher forcing with its losses, and validation on generated captions, each photo counted once."""

import pytorch_lightning as pl
import torch
from jaxtyping import Int
from pytorch_lightning.utilities.types import STEP_OUTPUT, OptimizerLRScheduler
from torch import Tensor

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.nn.attention import Memory
from captioner.nn.losses import coverage_loss, word_loss
from captioner.nn.network import Network
from captioner.nn.settings import NetworkSettings
from captioner.scoring.captions import score_captions
from captioner.training.data import CaptionData, Split
from captioner.training.gathering import merge_ranks
from captioner.training.schedule import optimizer

Batch = dict[str, Tensor]
DEFAULT_NETWORK = NetworkSettings()
GREEDY, BEAM = Decoding(method="greedy"), Decoding(method="beam", beam=5)
SCORES = ("bleu1", "bleu2", "bleu3", "bleu4", "rouge_l", "cider", "cider_d")


class CaptionTask(pl.LightningModule):
    """Trains a network to say captions.

    Args:
        vocabulary_size: number of words; the command line links it to the data.
        network: shape of encoder, core and head.
        learning_rate: highest rate of AdamW for core and heads.
        encoder_learning_rate: highest rate for the encoder's trainable stages.
        weight_decay: of matrices; biases and norms are not decayed.
        warmup: fraction of all steps in which the rate rises; then it falls as a cosine.
        smoothing: label smoothing, the share of each target that is spread over the vocabulary.
        coverage: weight of the doubly stochastic regulariser.
        scheduled_sampling: highest probability, reached linearly at the end, of giving the network its own word
            instead of the true one (Bengio et al. 2015, all words at once as in Duckworth et al., arXiv:1906.04331).
        validation: search with which captions are generated for the scores of each epoch.
        testing: search of `captioner test`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        network: NetworkSettings = DEFAULT_NETWORK,
        *,
        learning_rate: float = 5e-4,
        encoder_learning_rate: float = 1e-4,
        weight_decay: float = 0.01,
        warmup: float = 0.05,
        smoothing: float = 0.1,
        coverage: float = 1.0,
        scheduled_sampling: float = 0.0,
        validation: Decoding = GREEDY,
        testing: Decoding = BEAM,
    ) -> None:
        super().__init__()
        self.network = Network(network, vocabulary=vocabulary_size)
        self.rates = (learning_rate, encoder_learning_rate)
        self.weight_decay, self.warmup = weight_decay, warmup
        self.smoothing, self.coverage, self.scheduled_sampling = smoothing, coverage, scheduled_sampling
        self.searches: dict[Split, Decoding] = {"val": validation, "test": testing}
        self.said: dict[int, str] = {}
        """The captions of the last validation or test epoch, by place in the split."""

    @property
    def data(self) -> CaptionData:
        """The data module of the running trainer."""
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def on_train_epoch_start(self) -> None:
        """Chance depends on seed and epoch only, so a resumed run equals an uninterrupted one."""
        torch.manual_seed(self.data.seed + 1000 * self.current_epoch + self.global_rank)

    def training_step(self, batch: Batch, index: int) -> STEP_OUTPUT:
        """Word loss and coverage of all captions of the photos."""
        memory = self._look(batch)
        words, lengths = batch["words"].flatten(0, 1), batch["lengths"].flatten() - 1
        said = self.network.caption(memory, self._given(memory, words, lengths), lengths)
        targets = words[:, 1:][said.plan.rows, said.plan.times]
        loss = word_loss(said.logits, targets, smoothing=self.smoothing)
        coverage = coverage_loss(said.trace.p, said.plan.rows)
        with torch.no_grad():
            exact = word_loss(said.logits, targets)
        self.log("train/loss", exact, prog_bar=True, batch_size=len(targets))
        self.log("train/coverage", coverage, batch_size=len(words))
        return loss + self.coverage * coverage

    def validation_step(self, batch: Batch, index: int) -> None:
        """Generates captions; they are scored when all ranks have said theirs."""
        self._say("val", batch)

    def test_step(self, batch: Batch, index: int) -> None:
        """Generates captions."""
        self._say("test", batch)

    def on_validation_epoch_end(self) -> None:
        """Scores what was generated."""
        self._score("val")

    def on_test_epoch_end(self) -> None:
        """Scores what was generated."""
        self._score("test")

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with warm-up and cosine; the encoder's stages have their own rate."""
        rest = [(name, value) for name, value in self.network.named_parameters() if not name.startswith("encoder.")]
        encoder = list(self.network.encoder.named_parameters())
        return optimizer(
            [(rest, self.rates[0]), (encoder, self.rates[1])],
            weight_decay=self.weight_decay,
            warmup=self.warmup,
            steps=int(self.trainer.estimated_stepping_batches),
        )

    def _look(self, batch: Batch) -> Memory:
        if "pixels" in batch:
            return self.network.look(batch["pixels"])
        return self.network.remember(batch["features"].float())

    def _given(self, memory: Memory, words: Int[Tensor, "r t"], lengths: Int[Tensor, " r"]) -> Int[Tensor, "r t"]:
        """The words before; with scheduled sampling, some of them are the network's own."""
        given = words[:, :-1]
        share = self.scheduled_sampling * self.global_step / self.trainer.estimated_stepping_batches
        if share == 0:
            return given
        vocabulary = self.data.vocabulary
        with torch.no_grad():
            said = self.network.caption(memory, given, lengths)
        own = given.clone()
        inside = said.plan.times + 1 < lengths[said.plan.rows]  # the last opinion has no word to replace
        # only what a search could have said; the end has nothing behind it
        sayable = said.logits[inside].index_fill(
            1, words.new_tensor([*vocabulary.never_said, vocabulary.end]), -torch.inf
        )
        own[said.plan.rows[inside], said.plan.times[inside] + 1] = sayable.argmax(dim=1)
        chosen = torch.rand(given.shape, device=given.device) < share
        return torch.where(chosen, own, given)

    def say(self, split: Split, batch: Batch) -> list[list[Hypothesis]]:
        """Searches captions of each photo with the search of that split, best first."""
        vocabulary = self.data.vocabulary
        return search(
            self.network.speaker(self._look(batch)),
            self.searches[split],
            start=vocabulary.start,
            end=vocabulary.end,
            never=vocabulary.never_said,
        )

    def score_names(self, split: Split) -> list[str]:
        """The scores of generated captions as they are logged, each with its search."""
        settings = self.searches[split]
        how = f"beam{settings.beam}" if settings.method == "beam" else settings.method
        return [f"{split}/{name}_{how}" for name in SCORES]

    def _say(self, split: Split, batch: Batch) -> None:
        for place, hypotheses in zip(batch["index"].tolist(), self.say(split, batch), strict=True):
            self._fresh[place] = self.data.vocabulary.decode(hypotheses[0].words)

    def _score(self, split: Split) -> None:
        self.said = merge_ranks(self._fresh)
        references = self.data.references(split)
        if self.trainer.sanity_checking:
            return
        scores = score_captions(self.said, {place: references[place] for place in self.said})
        self.log_dict(dict(zip(self.score_names(split), [scores.values[name] for name in SCORES], strict=True)))
        self.log(f"{split}/photos", float(scores.count))

    def on_validation_epoch_start(self) -> None:
        """Forgets the epoch before."""
        self._fresh: dict[int, str] = {}

    def on_test_epoch_start(self) -> None:
        """Forgets the epoch before."""
        self._fresh = {}
