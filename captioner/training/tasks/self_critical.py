"""Training on the score itself (Rennie et al. 2017, arXiv:1612.00563).

Captions that earn more than the others of their photo become more probable; the mean of the others is the baseline (Luo
2020, arXiv:2003.09971). They are drawn with the batched search, rewarded by `captioner.scoring.captions.reward`, and
read once more, teacher-forced, for the gradient; `self_critical_loss` is the equation.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from captioner.data.feed.batches import padded
from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.nn.core.attention import Memory
from captioner.nn.heads.losses import coverage_loss, self_critical_loss
from captioner.nn.network import Network
from captioner.nn.speaker import Speaker
from captioner.scoring.captions.reward import Reward
from captioner.text.penn.ptb import ptb
from captioner.text.vocabulary import Vocabulary
from captioner.training.tasks.caption_part import Batch, Loss, look


@dataclass(frozen=True)
class SelfCritical:
    """How captions are drawn and what they earn.

    Raises:
        ValueError: a value is out of its range.
    """

    samples: int = 5
    """Captions drawn of each photo, at least 2, since each is compared with the others."""
    temperature: float = 1.0
    """Of the samples; the gradient is that of the distribution that they come from."""
    max_words: int = 20
    """A sample that has not ended after so many words is cut there."""
    bleu: float = 0.0
    """What a caption's BLEU-4 (0 to 1) counts beside its CIDEr-D (0 to 10)."""
    end: bool = True
    """Whether the end counts as a word of the n-grams, so that how a caption ends is rewarded too; without it, captions
    learn to break off ("a dog on a")."""
    faults: float = 0.0
    """What a caption loses for each fault: it ends or begins badly, or repeats a phrase (`captioner score` counts)."""
    truth: float = 0.0
    """Weight of the cross-entropy on people's captions beside (Paulus et al. 2017, arXiv:1705.04304), so that the
    network keeps its words; smoothing, looking and scheduled sampling belong to it."""

    def __post_init__(self) -> None:
        if self.samples < 2:
            raise ValueError(f"self_critical.samples is {self.samples}; each is compared with the others, so draw 2")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"self_critical.temperature is {self.temperature}; it must be a finite number above 0")
        if self.max_words < 1:
            raise ValueError(f"self_critical.max_words is {self.max_words}; it must be at least 1")
        for name in ("bleu", "faults", "truth"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"self_critical.{name} is {getattr(self, name)}; it must be a finite number from 0 on")


@dataclass(frozen=True)
class SelfCriticalPart:
    """Trains the caption head on rewards.

    Args:
        network: with a caption head.
        settings: of samples and rewards.
        coverage: weight of the doubly stochastic regulariser of the samples' attention.
        vocabulary: the words.
        references: of each train photo, the captions that people wrote.
    """

    network: Network
    settings: SelfCritical
    coverage: float
    vocabulary: Vocabulary
    references: Sequence[Sequence[str]]

    @cached_property
    def reward(self) -> Reward:
        """Of captions of the train photos."""
        own = self.settings
        words = [[ptb(caption) for caption in captions] for captions in self.references]
        return Reward(words, bleu=own.bleu, end=own.end, faults=own.faults)

    def loss(self, memory: Memory, batch: Batch, *, seed: int, first: int) -> Loss:
        """Minus the expected reward's gradient, estimated from samples of each photo in the batch.

        Args:
            memory: of the photos, with the network's dropouts; the samples are drawn without any.
            batch: these photos.
            seed: of the samples.
            first: position of the batch's first photo among those of all processes.
        """
        found = self.sample(batch, seed=seed, first=first)
        start, end = self.vocabulary.start, self.vocabulary.end
        rows = [[(start, *one.words, *[end] * one.ended) for one in photo] for photo in found]
        device = memory.grid.device
        words, lengths = (part.flatten(0, 1).to(device) for part in padded(rows, pad=self.vocabulary.pad))
        said = self.network.caption(memory, words[:, :-1], lengths - 1)
        exact = said.logits.to(torch.promote_types(said.logits.dtype, torch.float32))
        never = words.new_tensor(self.vocabulary.never_said)
        logits = exact.index_fill(1, never, -torch.inf) / self.settings.temperature
        rewards = self.rewards(batch, found).to(exact.dtype).to(device)
        loss = self_critical_loss(logits, words[:, 1:][said.plan.rows, said.plan.times], said.plan.rows, rewards)
        coverage = coverage_loss(said.trace.p, said.plan.rows)
        logged = {"reward": rewards.mean(), "coverage": coverage, "sample_length": (lengths - 1).float().mean()}
        return Loss(loss + self.coverage * coverage, logged, rewards.numel())

    @torch.no_grad()
    def sample(self, batch: Batch, *, seed: int, first: int) -> list[list[Hypothesis]]:
        """Captions of each photo, the longest first: so the plan of the second reading is the shortest."""
        own = self.settings
        drawn = Decoding(
            method="sample",
            n_best=own.samples,
            temperature=own.temperature,
            max_words=own.max_words,
            min_words=0,
            seed=seed,
        )
        with _evaluating(self.network):
            found = search(
                Speaker(self.network, look(self.network, batch)),
                drawn,
                start=self.vocabulary.start,
                end=self.vocabulary.end,
                never=self.vocabulary.never_said,
                first=first,
            )
        return [sorted(photo, key=lambda one: -len(one.words) - one.ended) for photo in found]

    def rewards(self, batch: Batch, found: Sequence[Sequence[Hypothesis]]) -> Float[Tensor, "b k"]:
        """What each caption earns, (b, k): that of its text, as the scorer would cut it."""
        places = [place for place, photo in zip(batch["index"].tolist(), found, strict=True) for _ in photo]
        captions = [one for photo in found for one in photo]
        texts = [ptb(self.vocabulary.decode(one.words)) for one in captions]
        earned = self.reward(places, texts, [one.ended for one in captions])
        return torch.from_numpy(earned).view(len(found), -1)


@contextmanager
def _evaluating(network: Network) -> Iterator[None]:
    """Without dropouts; afterwards the network is as it was."""
    training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(training)
