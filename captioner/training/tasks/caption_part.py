"""How captions are trained and scored: teacher forcing with its losses, and searches scored on what they find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from statistics import fmean

import torch
from jaxtyping import Int
from torch import Tensor

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.inference.engines import consensus
from captioner.nn.core.attention import Memory
from captioner.nn.heads.losses import coverage_loss, looking_loss
from captioner.nn.heads.surprise import word_losses
from captioner.nn.network import Network
from captioner.nn.speaker import Speaker
from captioner.scoring.captions.scores import score_captions
from captioner.scoring.captions.words import scored_words
from captioner.text.vocabulary import Vocabulary
from captioner.training.data.question_files import Split
from captioner.training.tasks.gathering import shares

Batch = dict[str, Tensor]
SCORES = ("bleu1", "bleu2", "bleu3", "bleu4", "rouge_l", "cider", "cider_d")


@dataclass(frozen=True)
class Loss:
    """What a batch costs, and what is to be logged of it, each as a mean over `count` items."""

    total: Tensor
    logged: Mapping[str, Tensor]
    count: int


def look(network: Network, batch: Batch) -> Memory:
    """All that is needed of a batch's photos or clips, from their pixels or from what the store holds of them."""
    maps = maps_of(network, batch)
    return network.remember(maps, len(maps) // len(batch["index"]))


def maps_of(network: Network, batch: Batch) -> Tensor:
    """What the frozen stages of the encoder say of a batch's photos, or of all frames of its clips, clip after clip."""
    return network.encoder.begin(batch["pixels"]) if "pixels" in batch else batch["features"].float()


@dataclass(frozen=True)
class CaptionPart:
    """Trains and tests the caption head; settings are those of the task."""

    network: Network
    smoothing: float
    coverage: float
    looking: float
    searches: Mapping[Split, Decoding]
    languages: Sequence[str] = ()
    """Of the captions, where there are several; each is scored by itself too."""

    def loss(self, memory: Memory, batch: Batch, vocabulary: Vocabulary, *, own: float) -> Loss:
        """Word loss and coverage of all captions of the photos; where boxes say so, how far words look away from them.

        Args:
            own: probability of giving the network its own word instead of the true one.
        """
        words, lengths = batch["words"].flatten(0, 1), batch["lengths"].flatten() - 1
        said = self.network.caption(memory, self._given(memory, words, lengths, vocabulary, own), lengths)
        targets = words[:, 1:][said.plan.rows, said.plan.times]
        loss, exact = word_losses(said.logits, targets, smoothing=self.smoothing)
        coverage = coverage_loss(said.trace.p, said.plan.rows)
        located = batch.get("located", words.new_zeros(0, 3))
        captions = int((lengths > 0).sum())
        share, of_captions, of_located = shares(len(targets), captions, len(located), device=words.device)
        total = share * loss + of_captions * self.coverage * coverage
        logged = {"loss": share * exact, "coverage": of_captions * coverage}
        if self.looking:
            photo, slot, time = located.unbind(dim=1)
            rows = said.plan.find(photo * batch["words"].shape[1] + slot, time)
            cover = batch.get("cover", said.trace.p.new_zeros(0, said.trace.p.shape[1]))
            logged["looking"] = of_located * looking_loss(said.trace.p, rows, cover)
            total = total + self.looking * logged["looking"]
        return Loss(total, logged, len(targets))

    def _given(
        self,
        memory: Memory,
        words: Int[Tensor, "r t"],
        lengths: Int[Tensor, " r"],
        vocabulary: Vocabulary,
        own_share: float,
    ) -> Int[Tensor, "r t"]:
        """The words before; with scheduled sampling, some of them are the network's own."""
        given = words[:, :-1]
        if own_share == 0:
            return given
        with torch.no_grad():
            said = self.network.caption(memory, given, lengths)
        own = given.clone()
        inside = said.plan.times + 1 < lengths[said.plan.rows]  # the last opinion has no word to replace
        # only what a search could have said; the end has nothing behind it
        sayable = said.logits[inside].index_fill(
            1, words.new_tensor([*vocabulary.never_said, vocabulary.end]), -torch.inf
        )
        own[said.plan.rows[inside], said.plan.times[inside] + 1] = sayable.argmax(dim=1)
        chosen = torch.rand(given.shape, device=given.device) < own_share
        return torch.where(chosen, own, given)

    def say(self, memory: Memory, batch: Batch, split: Split, vocabulary: Vocabulary) -> list[list[Hypothesis]]:
        """Searches captions of each photo with the search of that split, best first, as the photo's own begin."""
        speaker, end = Speaker(self.network, memory), vocabulary.end
        start = batch["words"][:, 0, 0] if vocabulary.languages else vocabulary.start

        def found(settings: Decoding) -> list[list[Hypothesis]]:
            return search(speaker, settings, start=start, end=end, never=vocabulary.never_said)

        return consensus.find(found, self.searches[split])

    def score_names(self, split: Split) -> list[str]:
        """The scores of generated captions as they are logged, each with its search."""
        settings = self.searches[split]
        how = f"beam{settings.beam}" if settings.method == "beam" else settings.method
        how += f"_consensus{settings.consensus}" * bool(settings.consensus)
        return [f"{split}/{name}_{how}{language}" for language in self._endings for name in SCORES]

    @property
    def _endings(self) -> list[str]:
        return ["", *(f"_{language}" for language in self.languages if len(self.languages) > 1)]

    def scores(
        self,
        split: Split,
        said: Mapping[int, str],
        references: Mapping[int, Sequence[str]],
        written_in: Mapping[int, str | None],
    ) -> dict[str, float]:
        """By name, of what was said of all photos; of several languages the mean, and each by itself."""
        rows = []
        for language in self.languages or (None,):
            own = {place: text for place, text in said.items() if written_in[place] == language}
            if own:  # a run may be limited to a few batches
                known = {place: references[place] for place in own}
                scores = score_captions(own, known, tokenize=scored_words(language))
                rows.append([scores.values[name] for name in SCORES])
            else:
                rows.append([nan] * len(SCORES))
        means = [fmean(value for value in column if not isnan(value)) for column in zip(*rows, strict=True)]
        values = means + [value for row in rows * (len(rows) > 1) for value in row]
        return dict(zip(self.score_names(split), values, strict=True)) | {f"{split}/photos": float(len(said))}
