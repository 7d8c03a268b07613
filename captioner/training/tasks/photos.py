"""The task: captions and questions with a weight each, validated on what is generated, each photo and question once."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import STEP_OUTPUT, OptimizerLRScheduler

from captioner.data.feed.chance import chance
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.models.bundle import Bundle, load_bundle
from captioner.nn.core.attention import Memory
from captioner.nn.fusing import fuse, fuse_search
from captioner.nn.network import Network
from captioner.nn.settings import NetworkSettings
from captioner.ranges import PART, SHARE, WEIGHT, check_ranges
from captioner.training.data.photos import CaptionData
from captioner.training.data.question_files import Split
from captioner.training.tasks.answer_part import AnswerPart
from captioner.training.tasks.caption_part import Batch, CaptionPart, Loss, look, maps_of
from captioner.training.tasks.gathering import merge_ranks
from captioner.training.tasks.keeping import Keeping
from captioner.training.tasks.schedule import optimizer, steps_in_all
from captioner.training.tasks.self_critical import SelfCritical, SelfCriticalPart
from captioner.training.tasks.start import find_components, network_from, take_answers

DEFAULT_NETWORK = NetworkSettings()
RANGES = {
    **dict.fromkeys(("caption_weight", "answer_weight", "coverage", "looking", "keeping", "weight_decay"), WEIGHT),
    **dict.fromkeys(("learning_rate", "encoder_learning_rate"), WEIGHT),
    **dict.fromkeys(("smoothing", "answer_smoothing"), PART),
    **dict.fromkeys(("warmup", "scheduled_sampling", "word_dropout"), SHARE),
}
GREEDY, BEAM = Decoding(method="greedy"), Decoding(method="beam", beam=5)


class CaptionTask(pl.LightningModule):
    """Trains a network to say captions, to answer questions, or both with one core.

    Args:
        vocabulary_size: number of words; the command line links it to the data.
        network: shape of encoder, core and heads.
        answers: number of answers, linked likewise; 0 without questions.
        captions: whether there are captions, linked likewise.
        languages: that the captions are written in, linked likewise; empty where that is not told.
        kinds: of things that evidence can name, linked likewise; 0 without evidence.
        start_from: bundle whose encoder, core and caption head the network begins with, in the bundle's shape, and
            whose answer head where its settings are the same; of `network`, only the dropouts, the answer head and the
            encoder's trainable stages are used: a second phase may train stages that were frozen before, or freeze
            them again.
        caption_weight: of the captions' loss in the sum.
        answer_weight: of the answers' loss in the sum.
        learning_rate: highest rate of AdamW for core and heads.
        encoder_learning_rate: highest rate for the encoder's trainable stages.
        weight_decay: of matrices; biases and norms are not decayed.
        warmup: fraction of all steps in which the rate rises; then it falls as a cosine.
        smoothing: label smoothing, the share of each target that is spread over the vocabulary.
        coverage: weight of the doubly stochastic regulariser.
        self_critical: draws captions and trains on what they score, instead of cross-entropy on those of people (or
            beside it, by its `truth`), which smoothing, looking and scheduled sampling belong to; to go on with from a
            bundle, at a low rate.
        looking: weight of the loss that draws the attention of words into the boxes of what they name (`data.boxes`).
        keeping: weight of the loss that keeps what the encoder's classifier says of photos while stages of the encoder
            are trained, for evidence needs it.
        scheduled_sampling: highest probability, reached linearly at the end, of giving the network its own word
            instead of the true one (Bengio et al. 2015, all words at once as in Duckworth et al., arXiv:1906.04331).
        answer_smoothing: share of an answer's target that is spread over all answers.
        word_dropout: probability with which a word of a train question is made unknown, so that the network learns to
            do without.
        validation: search with which captions are generated for the scores of each epoch.
        testing: search of `captioner test`.
        compile: whether torch.compile fuses the small kernels of a step, those of a search on CUDA into graphs;
            the first steps then take a minute longer.
    """

    def __init__(
        self,
        vocabulary_size: int,
        network: NetworkSettings = DEFAULT_NETWORK,
        *,
        answers: int = 0,
        captions: bool = True,
        languages: tuple[str, ...] = (),
        kinds: int = 0,
        start_from: Path | None = None,
        caption_weight: float = 1.0,
        answer_weight: float = 1.0,
        learning_rate: float = 5e-4,
        encoder_learning_rate: float = 1e-4,
        weight_decay: float = 0.01,
        warmup: float = 0.05,
        smoothing: float = 0.1,
        coverage: float = 1.0,
        self_critical: SelfCritical | None = None,
        looking: float = 0.0,
        keeping: float = 0.0,
        scheduled_sampling: float = 0.0,
        answer_smoothing: float = 0.0,
        word_dropout: float = 0.0,
        validation: Decoding = GREEDY,
        testing: Decoding = BEAM,
        compile: bool = False,
    ) -> None:
        check_ranges(locals(), RANGES, of="model.")
        super().__init__()
        if self_critical is not None and not captions:
            raise ValueError("self_critical is about captions, and there are none: give them with --data.train")
        if self_critical is not None and languages:
            raise ValueError("self_critical scores English words: leave model.self_critical or data.languages out")
        if start_from is not None:
            bundle = load_bundle(start_from)
            self.network = network_from(bundle, network, vocabulary=vocabulary_size, answers=answers, captions=captions)
        else:
            if network.evidence.nouns != "none":
                if network.encoder.weights == "none":
                    raise ValueError(
                        "evidence is what the encoder's classifier has learned: give the encoder's weights"
                    )
                network = replace(network, evidence=replace(network.evidence, kinds=kinds))
            self.network = Network(network, vocabulary=vocabulary_size, answers=answers, captions=captions)
        self.caption_part = CaptionPart(
            self.network, smoothing, coverage, looking, {"val": validation, "test": testing}, languages
        )
        self.self_critical, self.coverage = self_critical, coverage
        self.keeping, self.keeper = keeping, Keeping(self.network) if keeping else None
        self.answer_part = AnswerPart(self.network, answer_smoothing, word_dropout)
        self.weights = {"captions": caption_weight, "questions": answer_weight}
        self.rates = (learning_rate, encoder_learning_rate)
        self.weight_decay, self.warmup, self.scheduled_sampling = weight_decay, warmup, scheduled_sampling
        self.compiled, self.fresh, self.start_from = compile, start_from is None, start_from
        self.steps = 1
        """Of the whole run; known when it begins."""
        self.said: dict[int, str] = {}
        """The captions of the last validation or test epoch, by place in the split."""
        self.answered: dict[int, str] = {}
        """The answers of that epoch, by the question's place in the split."""

    @property
    def data(self) -> CaptionData:
        """The data module of the running trainer."""
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def setup(self, stage: str) -> None:
        """Tells a new network which words evidence can name; one that goes on from a bundle or checkpoint knows."""
        if self.network.evidence is not None and self.fresh and self.data.nouns is not None:
            self.network.evidence.fill(self.data.nouns)

    def on_fit_start(self) -> None:
        """Gives a new run what it begins with as far as the data must be known; compiles the step if that is wanted."""
        if bool(self.caption_part.looking) != (self.data.objects is not None):
            raise ValueError(
                "an attention that is taught needs both: the weight model.looking, and the file data.boxes"
            )
        if self.network.settings.core.components and self.fresh and self.trainer.ckpt_path is None:
            batches = next(iter(self.data.train_dataloader().values()))
            find_components(self.network, batches, self.trainer.strategy)
        if self.start_from is not None and self.network.answers is not None and self.trainer.ckpt_path is None:
            take_answers(self.network, load_bundle(self.start_from), self.data.answers)
        if self.keeper is not None:
            self.keeper.to(self.device)
        if self.compiled:
            fuse(self.network)
            fuse_search(self.network)

    def on_train_batch_start(self, batch: object, index: int) -> None:
        """Chance depends on seed, epoch and batch only, so a resumed run equals an uninterrupted one."""
        torch.manual_seed(chance(self.data.seed, self.current_epoch, index, self.global_rank))

    def training_step(self, batch: dict[str, Batch], index: int) -> STEP_OUTPUT:
        """The weighted sum of the losses of captions and questions; photos that both are about are looked at once."""
        total = torch.zeros((), device=self.device)
        parts = list(batch.values())
        shared = look(self.network, parts[0]) if len(parts) == 2 and torch.equal(*map(_seen, parts)) else None
        for kind, part in batch.items():
            loss = self._loss(kind, part, index, look(self.network, part) if shared is None else shared)
            total = total + self.weights[kind] * loss.total
            for name, value in loss.logged.items():
                self.log(f"train/{name}", value, prog_bar="loss" in name, batch_size=loss.count, sync_dist=True)
        return total

    def validation_step(self, batch: Batch, index: int, dataloader_idx: int = 0) -> None:
        """Generates captions and answers; they are scored when all ranks have said theirs."""
        self._say("val", batch)

    def test_step(self, batch: Batch, index: int, dataloader_idx: int = 0) -> None:
        """Generates captions and answers."""
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
        self.steps = steps_in_all(self.trainer, self.data.batches)
        return optimizer(
            [(rest, self.rates[0]), (encoder, self.rates[1])],
            weight_decay=self.weight_decay,
            warmup=self.warmup,
            steps=self.steps,
        )

    def say(self, split: Split, batch: Batch) -> list[list[Hypothesis]]:
        """Searches captions of each photo with the search of that split, best first."""
        return self.caption_part.say(look(self.network, batch), batch, split, self.data.vocabulary)

    def bundle(self) -> Bundle:
        """What was trained, to be used."""
        settings, data = self.network.settings, self.data
        return Bundle(settings, self.network, data.vocabulary, data.image, answers=data.answers)

    def usage(self, bundle: Path) -> str:
        """The command that uses the bundle."""
        return f"captioner {'ask' if self.network.captions is None else 'caption'} --model {bundle} PHOTO"

    def score_names(self, split: Split) -> list[str]:
        """The scores as they are logged; with both heads, the sum of BLEU-4 and accuracy too."""
        says, answers = self.network.captions is not None, self.network.answers is not None
        names = self.caption_part.score_names(split) if says else []
        names += self.answer_part.score_names(split) if answers else []
        return names + ([f"{split}/bleu4_plus_accuracy"] if says and answers else [])

    @cached_property
    def critic(self) -> SelfCriticalPart | None:
        """What trains captions on their scores, where that was asked for."""
        if self.self_critical is None:
            return None
        references = list(self.data.references("train").values())
        return SelfCriticalPart(self.network, self.self_critical, self.coverage, self.data.vocabulary, references)

    def _loss(self, kind: str, batch: Batch, index: int, memory: Memory) -> Loss:
        if kind == "questions":
            return self.answer_part.loss(memory, batch, self.data.vocabulary)
        loss = self._caption_loss(batch, index, memory)
        if self.keeper is None:
            return loss
        kept = self.keeper.loss(memory, maps_of(self.network, batch))
        return Loss(loss.total + self.keeping * kept, {**loss.logged, "kept": kept}, loss.count)

    def _caption_loss(self, batch: Batch, index: int, memory: Memory) -> Loss:
        own = self.scheduled_sampling * self.global_step / self.steps
        if self.critic is None:
            return self.caption_part.loss(memory, batch, self.data.vocabulary, own=own)
        # chance hangs on the step and on the photo's position in it, in whichever process it lies
        seed = chance(self.data.seed, self.current_epoch, index)
        loss = self.critic.loss(memory, batch, seed=seed, first=self.global_rank * len(batch["index"]))
        if truth := self.critic.settings.truth:
            given = self.caption_part.loss(memory, batch, self.data.vocabulary, own=own)
            loss = Loss(loss.total + truth * given.total, {**given.logged, **loss.logged}, loss.count)
        return loss

    def _say(self, split: Split, batch: Batch) -> None:
        if "places" in batch:
            assert self.data.answers is not None
            self._fresh_answers |= self.answer_part.say(look(self.network, batch), batch, self.data.answers)
            return
        for place, hypotheses in zip(batch["index"].tolist(), self.say(split, batch), strict=True):
            self._fresh[place] = self.data.vocabulary.decode(hypotheses[0].words)

    def _score(self, split: Split) -> None:
        self.said, self.answered = merge_ranks(self._fresh), merge_ranks(self._fresh_answers)
        if self.trainer.sanity_checking:
            return
        scores: dict[str, float] = {}
        if self.said:
            scores |= self.caption_part.scores(
                split, self.said, self.data.references(split), self.data.written_in(split)
            )
        if self.answered:
            scores |= self.answer_part.scores(split, self.answered, self.data.asked(split))
        if self.said and self.answered:
            bleu4 = next(value for name, value in scores.items() if "/bleu4_" in name)
            scores[f"{split}/bleu4_plus_accuracy"] = bleu4 + scores[f"{split}/accuracy"]
        self.log_dict(scores)

    def on_validation_epoch_start(self) -> None:
        """Forgets the epoch before."""
        self._fresh: dict[int, str] = {}
        self._fresh_answers: dict[int, str] = {}

    def on_test_epoch_start(self) -> None:
        """Forgets the epoch before."""
        self.on_validation_epoch_start()


def _seen(batch: Batch) -> torch.Tensor:
    return batch["pixels"] if "pixels" in batch else batch["features"]
