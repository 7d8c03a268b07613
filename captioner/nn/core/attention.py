"""Soft attention, z = Σ pᵢvᵢ with Σ pᵢ = 1 (Xu et al. 2015, arXiv:1502.03044; Bahdanau et al. 2015, arXiv:1409.0473).

The weights p are a result, returned beside z; nothing is kept in the module, and no hook is needed to see them. With a
sentinel (Lu et al. 2017, arXiv:1612.01887), what the state itself knows is one more thing to look at:
z = Σ pᵢvᵢ + (1 − Σ pᵢ) s, and 1 − Σ pᵢ is the share with which a word looked away from the photo.
"""

from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from captioner.nn.core.products import Linear, ready
from captioner.nn.core.scores import additive_scores, factors_of
from captioner.nn.core.shared import Both, Shared
from captioner.nn.core.simplex import NORMALISERS, NormaliserName, normalise

AttentionName = Literal["additive", "dot", "none"]


class Memory(NamedTuple):
    """What is attended to: made once per photo, shared by all its captions, words and beams."""

    grid: Float[Tensor, "b n d"]
    keys: Float[Tensor, "b n a"]
    rows: Int[Tensor, " r"] | None = None
    """Where each row stands in the dense block (b, k); None when the rows fill it."""
    slots: int = 0
    """Slots k of that block, where `rows` is given."""
    hints: Any = None
    """What the heads know of the photos besides (`captioner.nn.heads.evidence`); the core does not look at it."""
    mask: Bool[Tensor, "b n"] | None = None
    """Which places there are, where grids differ in size and the smaller ones are filled up; None where all are."""
    factors: Float[Tensor, "b n a"] | None = None
    """Of the keys, as additive scores need them (`captioner.nn.core.scores`); None where they make them anew."""
    shared: Both | None = None
    """Grid and keys once more, whose gradients are made once for all words; None where autograd makes them."""

    def share(self) -> "Memory":
        """For many words whose gradients are wanted: see `captioner.nn.core.shared`."""
        if self.grid.device.type != "cpu" or torch.compiler.is_compiling() or not torch.is_grad_enabled():
            return self
        both = Both(Shared(ready(self.grid)), Shared(ready(self.keys)))
        return self._replace(grid=both.grid.matrices, keys=both.keys.matrices, shared=both)

    def of_rows(self, rows: Int[Tensor, " r"] | None, slots: int) -> "Memory":
        """The same memory for a block of k slots a photo in which only these rows exist."""
        return self._replace(rows=rows, slots=slots)

    def block(self, x: Float[Tensor, "r x"]) -> Float[Tensor, "b k x"]:
        """What belongs to rows, as a block with a slot for each row of a photo; zeros where a row does not exist."""
        if self.rows is not None:
            x = x.new_zeros(self.grid.shape[0] * self.slots, x.shape[1]).index_copy(0, self.rows, x)
        return x.view(self.grid.shape[0], -1, x.shape[1])

    def unblock(self, x: Float[Tensor, "b k ..."]) -> Float[Tensor, "r ..."]:
        """The rows of such a block that exist."""
        return x.flatten(0, 1) if self.rows is None else x.flatten(0, 1)[self.rows]

    def keep(self, photos: Int[Tensor, " b"]) -> "Memory":
        """The memory of these photos only."""
        hints = None if self.hints is None else self.hints.keep(photos)
        mask, factors = (None if each is None else each.index_select(0, photos) for each in (self.mask, self.factors))
        grid, keys = (each.index_select(0, photos) for each in (self.grid, self.keys))
        return Memory(grid, keys, hints=hints, mask=mask, factors=factors)

    def mean(self) -> Float[Tensor, "b d"]:
        """Of the places that there are."""
        if self.mask is None:
            return self.grid.mean(dim=1)
        there = self.mask[:, :, None].to(self.grid.dtype)
        return (self.grid * there).sum(dim=1) / there.sum(dim=1)

    def mean_by(self, p: Float[Tensor, "b k n"]) -> Float[Tensor, "b k d"]:
        """Σ pᵢvᵢ."""
        return p.to(self.grid.dtype) @ self.grid if self.shared is None else self.shared.grid.times(p)

    def compared(self, queries: Float[Tensor, "b k a"]) -> Float[Tensor, "b k n"]:
        """Each key times each query."""
        return queries @ self.keys.transpose(1, 2) if self.shared is None else self.shared.keys.against(queries)


class Glimpse(NamedTuple):
    """One look at the grid, for each row."""

    z: Float[Tensor, "r d"]
    p: Float[Tensor, "r n"]
    """Sums to 1; with a sentinel, the rest to 1 is the sentinel's."""


class SoftAttention(nn.Module):
    """Scores every place of the grid against the query, and takes the mean of the places under these weights.

    Rows are photo-major: row i looks at photo i // k, where k = r / b is the number of captions or beams per photo;
    where some are missing, `Memory.rows` tells which.

    Args:
        kind: `additive`: e = w·tanh(W_k v + W_q q) (Bahdanau); `dot`: e = (W_k v)·(W_q q) / √a (Vaswani et al. 2017,
            arXiv:1706.03762).
        channels: width d of the grid.
        query: width of the query.
        width: width a of keys and projected queries.
        normaliser: how scores become weights; see `captioner.nn.core.simplex`.
        sentinel: whether the query may look at what it says itself, s = tanh(W_s q), instead of the photo.
    """

    def __init__(
        self,
        kind: AttentionName,
        channels: int,
        query: int,
        *,
        width: int = 512,
        normaliser: NormaliserName = "softmax",
        sentinel: bool = False,
    ) -> None:
        super().__init__()
        if normaliser not in NORMALISERS:
            raise ValueError(f"normaliser is {normaliser!r}, but there are {', '.join(NORMALISERS)}")
        if kind not in ("additive", "dot"):
            raise ValueError(f"attention is {kind!r}, but there are additive, dot, and none")
        self.kind, self.normaliser = kind, normaliser
        self.key = nn.Linear(channels, width, bias=False)
        self.query = Linear(query, width)
        if kind == "dot":  # from weights that are nearly even, a network learns to be content with the mean of the grid
            nn.init.normal_(self.key.weight, std=1.2 * channels**-0.5)
            nn.init.normal_(self.query.weight, std=2.0 * query**-0.5)
        self.energy = None
        if kind == "additive":
            self.energy = nn.Parameter(torch.empty(width).uniform_(-1, 1).mul_(width**-0.5))
        self.sentinel = Linear(query, channels) if sentinel else None

    def keys(self, grid: Float[Tensor, "b n d"]) -> Float[Tensor, "b n a"]:
        """What the grid says to the scores; once per photo, never once per word or per beam."""
        return self.key(grid)

    def factors(self, keys: Float[Tensor, "b n a"]) -> Float[Tensor, "b n a"] | None:
        """What the scores of every word need of the keys, if it is worth keeping."""
        return None if self.energy is None else factors_of(keys)

    def forward(
        self, query: Float[Tensor, "r q"], memory: Memory, asked: Float[Tensor, "r a"] | None = None
    ) -> Glimpse:
        """Looks once at the grid for each row.

        Args:
            query: projected here.
            asked: what is added to the projected query.
        """
        projected = self.query(query)
        queries = memory.block(projected if asked is None else projected + asked)  # (b, k, a)
        scores = self._scores(memory, queries)  # (b, k, n)
        if memory.mask is not None:
            scores = scores.masked_fill(~memory.mask[:, None], -torch.inf)
        if self.sentinel is None:
            p = normalise(scores, self.normaliser)
            return Glimpse(memory.unblock(memory.mean_by(p)), memory.unblock(p))
        own = torch.tanh(self.sentinel(memory.block(query)))  # (b, k, d)
        scores = torch.cat([scores, self._own_scores(self.keys(own), queries)], dim=2)
        weights = normalise(scores, self.normaliser)
        p, away = weights[:, :, :-1], weights[:, :, -1:]
        z = memory.mean_by(p) + away.to(own.dtype) * own
        return Glimpse(memory.unblock(z), memory.unblock(p))

    def _scores(self, memory: Memory, queries: Float[Tensor, "b k a"]) -> Float[Tensor, "b k n"]:
        """Of each place for each query."""
        if self.energy is None:
            return memory.compared(queries) * queries.shape[2] ** -0.5
        notes = None if memory.shared is None else memory.shared.keys.notes
        return additive_scores(memory.keys, queries, self.energy, memory.factors, notes)

    def _own_scores(self, keys: Float[Tensor, "b k a"], queries: Float[Tensor, "b k a"]) -> Float[Tensor, "b k 1"]:
        """Of each query's own sentinel."""
        if self.energy is None:
            return (queries * keys).sum(dim=2, keepdim=True) * queries.shape[2] ** -0.5
        return (torch.tanh(keys + queries) @ self.energy.to(keys.dtype))[:, :, None]
