"""Beam search over many photos as one tensor program.

A beam holds k captions, each followed or ended. A caption that ends keeps its place: fewer are followed from then on,
and when all k have ended there is nothing left to follow. So a beam of 1 is greedy search, and a beam as wide as there
are captions finds the best of them all.
"""

from math import inf
from typing import NamedTuple, Self

import torch
from jaxtyping import Float, Int
from torch import Tensor

from captioner.decoding.batch import Batch
from captioner.decoding.choose import Rules, best
from captioner.decoding.steps import S
from captioner.decoding.trace import Found


class Kept(NamedTuple):
    """The best captions of each photo that have ended, best first, (b, c); a score of -inf says that there is none.

    Attributes:
        score: log-probability / length ** length_exponent.
        log_probability: of the words and the end, nats.
        source: words * k + place of the caption, among those followed after so many words, that ended.
    """

    score: Float[Tensor, "b c"]
    log_probability: Float[Tensor, "b c"]
    source: Int[Tensor, "b c"]

    def joined(self, new: "Kept") -> "Kept":
        """The best of both, as many as before."""
        both = Kept(*(torch.cat(pair, dim=1) for pair in zip(self, new, strict=True)))
        score, order = both.score.topk(self.score.shape[1])
        return Kept(score, both.log_probability.gather(1, order), both.source.gather(1, order))


class Beams(NamedTuple):
    """The beams of all photos after so many words, those that are done included.

    Attributes:
        rules: of the search.
        words: said so far.
        log_probability: of the captions followed, best first, (b, k), nats; -inf says that there is none.
        word: the last word of each caption followed, (b, k).
        parent: which caption of the step before it continues, (b, k).
        room: how many captions have not ended yet, (b, 1).
        kept: captions that have ended.
        cut: log-probability of the last captions that were followed, (b, k), nats.
        cut_words: how many words they have, (b, 1).
    """

    rules: Rules
    words: int
    log_probability: Float[Tensor, "b k"]
    word: Int[Tensor, "b k"]
    parent: Int[Tensor, "b k"]
    room: Int[Tensor, "b 1"]
    kept: Kept
    cut: Float[Tensor, "b k"]
    cut_words: Int[Tensor, "b 1"]

    @classmethod
    def begin(cls, batch: Batch[S], rules: Rules) -> "Beams":
        """One caption without words for each photo."""
        b, k = len(batch.numbers), rules.settings.beam
        none = torch.full((b, k), -inf, device=batch.photos.device)
        empty = none.index_fill(1, batch.photos.new_zeros(1), 0)
        zeros = batch.photos.new_zeros(b, k)
        n = rules.settings.n_best
        kept = Kept(none[:, :n], none[:, :n], zeros[:, :n])
        return cls(rules, 0, empty, zeros, zeros, zeros[:, :1] + k, kept, empty, zeros[:, :1])

    @property
    def followed(self) -> Int[Tensor, " b"]:
        """How many captions of each photo are still followed."""
        return (self.log_probability != -inf).sum(1)

    def advance(self, choices: Float[Tensor, "bb w v"], batch: Batch[S]) -> Self:
        """Continues each caption by its best words.

        Args:
            choices: log-probabilities of the next word of the w best captions of each photo in the batch; overwritten.
            batch: these photos.
        """
        settings = self.rules.settings
        (b, k), (_, width, vocabulary) = self.word.shape, choices.shape
        choices += self.log_probability[batch.photos, :width, None]
        top, index = best(choices.flatten(1), min(k, width * vocabulary))
        found = top.shape[1]
        value, source = top.new_full((b, k), -inf), index.new_zeros(b, k)
        value[batch.photos, :found], source[batch.photos, :found] = top, index
        value = value.masked_fill(torch.arange(k, device=value.device) >= self.room, -inf)
        parent, word = source // vocabulary, source % vocabulary

        ends = (word == self.rules.end) & (value != -inf)
        ended = value.masked_fill(~ends, -inf)
        score = ended / (self.words + 1) ** settings.length_exponent
        kept = self.kept.joined(Kept(score, ended, self.words * k + parent))
        value = value.masked_fill(ends, -inf)
        # Log p can only fall, and no caption grows longer than max_words: beyond this no score of a photo can rise.
        bound = value.amax(1, keepdim=True) / settings.max_words**settings.length_exponent
        value = value.masked_fill(bound <= kept.score[:, -1:], -inf)

        value, order = value.sort(dim=1, descending=True, stable=True)
        alive = value[:, :1] != -inf
        return self._replace(
            words=self.words + 1,
            log_probability=value,
            word=word.gather(1, order),
            parent=parent.gather(1, order),
            room=self.room - ends.sum(1, keepdim=True),
            kept=kept,
            cut=torch.where(alive, value, self.cut),
            cut_words=torch.where(alive, self.words + 1, self.cut_words),
        )

    def found(self) -> Found:
        """The captions that ended, and those still followed.

        A photo whose captions could not go on before any of them ended gives the last ones that it followed.
        """
        k = self.word.shape[1]
        lost = (self.log_probability[:, :1] == -inf) & (self.kept.score[:, :1] != -inf)
        log_probability = torch.cat([self.kept.log_probability, self.cut.masked_fill(lost, -inf)], 1)
        cut_source = self.cut_words * k + torch.arange(k, device=lost.device)
        source = torch.cat([self.kept.source, cut_source], 1)
        ended = (torch.arange(source.shape[1], device=lost.device) < self.rules.settings.n_best).expand_as(source)
        return Found(log_probability, source // k, source % k, ended)
