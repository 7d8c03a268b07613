"""Greedy search and sampling: captions that grow word by word without looking at each other."""

from collections.abc import Sequence
from hashlib import blake2b
from math import inf
from typing import NamedTuple, Self

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from captioner.decoding.batch import Batch
from captioner.decoding.choose import Rules, choose
from captioner.decoding.steps import S
from captioner.decoding.trace import Found


def generators(seed: int, positions: Sequence[int]) -> list[torch.Generator]:
    """One source of chance for each photo, set by seed and position alone; on the CPU for every device."""
    digests = [blake2b(f"{seed} {position}".encode(), digest_size=8).digest() for position in positions]
    return [torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1) for digest in digests]


class Singles(NamedTuple):
    """The captions of all photos after so many words: n_best of each, not looking at each other.

    Attributes:
        rules: of the search.
        chance: a generator for each photo; none of greedy search.
        log_probability: of each caption, (b, k), nats.
        word: the last word of each, (b, k).
        parent: its place in the step before, (b, k).
        going: it can go on, (b, k).
        words: how many it has, (b, k).
        ended: it reached the end, (b, k).
    """

    rules: Rules
    chance: list[torch.Generator]
    log_probability: Float[Tensor, "b k"]
    word: Int[Tensor, "b k"]
    parent: Int[Tensor, "b k"]
    going: Bool[Tensor, "b k"]
    words: Int[Tensor, "b k"]
    ended: Bool[Tensor, "b k"]

    @classmethod
    def begin(cls, batch: Batch[S], rules: Rules, *, chance: list[torch.Generator]) -> "Singles":
        """Captions without words."""
        zeros = batch.photos.new_zeros(len(batch.numbers), rules.settings.n_best)
        return cls(rules, chance, zeros.float(), zeros, zeros, zeros == 0, zeros, zeros != 0)

    @property
    def followed(self) -> Int[Tensor, " b"]:
        """How many captions of each photo are still followed: all of them, until none can go on."""
        return self.going.any(1) * self.going.shape[1]

    def advance(self, choices: Float[Tensor, "bb w v"], batch: Batch[S]) -> Self:
        """Adds a word to each caption.

        Args:
            choices: log-probabilities of the next word; w is 1 before the first word and k after it.
            batch: the photos that `choices` belongs to.
        """
        k = self.word.shape[1]
        _, width, vocabulary = choices.shape
        choices = choices.expand(-1, k, -1).flatten(0, 1)
        chosen = choose(choices, self.rules.settings, self._noise(batch, vocabulary))
        word, value = self.word.clone(), torch.zeros_like(self.log_probability)
        word[batch.photos] = chosen.view(-1, k)
        value[batch.photos] = choices.gather(1, chosen[:, None]).view(-1, k)
        possible = self.going & (value != -inf)  # where nothing may be said, the caption is cut
        ends = possible & (word == self.rules.end)
        going = possible & ~ends
        return self._replace(
            log_probability=self.log_probability + value.masked_fill(~possible, 0),
            word=word,
            parent=torch.arange(k, device=word.device).expand_as(word) % width,
            going=going,
            words=self.words + going,
            ended=self.ended | ends,
        )

    def _noise(self, batch: Batch[S], vocabulary: int) -> Float[Tensor, "r v"] | None:
        """Standard Gumbel noise: the photos in the batch draw from their own generators, for k captions at once."""
        if not self.chance:
            return None
        noise = torch.empty(len(batch.numbers), self.word.shape[1], vocabulary)
        for row, number in zip(noise, batch.numbers, strict=True):
            row.uniform_(generator=self.chance[number])
        noise = noise.clamp_(min=torch.finfo(noise.dtype).tiny).log_().neg_().log_().neg_()
        return noise.flatten(0, 1).to(batch.photos.device)

    def found(self) -> Found:
        """All captions."""
        places = torch.arange(self.word.shape[1], device=self.word.device)
        return Found(self.log_probability, self.words, places.expand_as(self.word), self.ended)
