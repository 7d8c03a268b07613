"""The attending core: a recurrent network that looks at the grid before every word (Xu et al. 2015, arXiv:1502.03044).

`step` is the only place where the recurrence is written. Training, search, questions, characters and export call it:

    z, p   = attention(h_{t-1} [, word], grid)   z = Σ pᵢvᵢ
    z      = sigmoid(W_β h_{t-1}) ⊙ z            the optional gate β
    h, c   = cell([word; z], h_{t-1}, c_{t-1})

That is Xu et al.'s order, where the attention asks before any layer has read the word. It may also ask after the lower
layers have, h being the highest of them: between two layers as in Anderson et al. 2018 (arXiv:1707.07998), or after
the last as in Lu et al. 2017 (arXiv:1612.01887), where z goes to the heads alone.

Where there is nothing to look at, and nobody asks for the gates, torch's own kernel may run the same cells over many
words at once (`RecurrentLayers.run`); a test holds it to what `step` gives, gradients too.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from captioner.nn.core.attention import AttentionName, Memory, SoftAttention
from captioner.nn.core.cells import CellName, Cut, Gates, RecurrentLayers, State
from captioner.nn.core.dropout import Dropout
from captioner.nn.core.places import Places
from captioner.nn.core.plan import Plan
from captioner.nn.core.products import Linear, linear
from captioner.nn.core.simplex import NormaliserName

StartName = Literal["grid", "learned"]


class Step(NamedTuple):
    """What the core made of one word."""

    state: State
    z: Float[Tensor, "r d"]
    p: Float[Tensor, "r n"]
    gates: list[Gates]
    """One dictionary a layer; see `captioner.nn.core.cells`."""

    @property
    def hidden(self) -> Float[Tensor, "r h"]:
        """The top layer's hidden state, which the heads read."""
        return self.state.hidden[-1]


class Trace(NamedTuple):
    """What the core made of given words: one entry a word that exists, in the order of the `Plan`."""

    hidden: Float[Tensor, "w h"]
    z: Float[Tensor, "w d"]
    p: Float[Tensor, "w n"]
    state: State
    """Each row's state after its own last word; of a row without words, the state before."""
    gates: list[Gates]
    """One dictionary a layer, each gate (w, h); none where nobody asked. See `captioner.nn.core.cells`."""


class AttendingCore(nn.Module):
    """The recurrent core that captions, answers and characters share.

    Args:
        embedding: width e of a word.
        features: channels c of the encoder's grid; 0 for a language model without a photo.
        grid: width d of the places attended to; the encoder's channels are projected to it once per photo.
        cell: `rnn`, `lstm` or `gru`.
        state: width h of the hidden state.
        layers: how many recurrent layers; the top one feeds the heads.
        asks_after: how many layers read the word before the attention asks; with 0, the top one's state before asks.
        attention: `additive`, `dot`, or `none`, where the photo only enters the first hidden state.
        width: width a of attention keys and queries.
        normaliser: how attention scores become weights; see `captioner.nn.core.simplex`.
        sentinel: whether a word may look away from the photo; see `SoftAttention`.
        gate: whether z passes the sigmoid gate β of Xu et al. (section 4.2.1).
        components: how loudly the grid holds principal components of the encoder's channels, which are not trained; 0
            or False for a projection that is. See `Places`.
        positions: how loudly each place also tells where it lies; 0 or False for not. See `Places`.
        times: how loudly each place of a clip also tells when it lies; 0 or False for not. See `Places`.
        word_query: whether the word just read asks the attention too, not the state before it alone. Whoever says "red"
            of two things can then look at the red one for its shape.
        start: whether the first hidden state is made of the mean of the `grid`, or is the same for every photo
            (`learned`); then all that is known of a photo was looked at.
        dropout: probability with which a value of the grid, or between layers, is dropped (0 = none).
        channel_dropout: probability with which a channel of the encoder is dropped, at all places of a photo.
        photo_dropout: probability with which a photo is not seen at all.
    """

    def __init__(
        self,
        embedding: int,
        features: int,
        *,
        grid: int = 512,
        cell: CellName = "lstm",
        state: int = 512,
        layers: int = 1,
        asks_after: int = 0,
        attention: AttentionName = "additive",
        width: int = 512,
        normaliser: NormaliserName = "softmax",
        sentinel: bool = False,
        gate: bool = True,
        components: bool | float = False,
        positions: bool | float = False,
        times: bool | float = False,
        word_query: bool = False,
        start: StartName = "grid",
        dropout: float = 0.0,
        channel_dropout: float = 0.0,
        photo_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        attends = attention != "none" and features > 0
        self.attention = None
        if attends:
            self.attention = SoftAttention(
                attention, grid, state, width=width, normaliser=normaliser, sentinel=sentinel
            )
        self.hear = Linear(embedding, width, bias=False) if attends and word_query else None
        if self.hear is not None:
            nn.init.normal_(self.hear.weight, std=embedding**-0.5)
        self.gate = Linear(state, grid) if attends and gate else None
        if features > 0:
            self.project = Places(
                features,
                grid,
                components=components,
                positions=positions,
                times=times,
                channel_dropout=channel_dropout,
                photo_dropout=photo_dropout,
            )
            size = 2 * layers * state if cell == "lstm" else layers * state
            learned = nn.Parameter(torch.empty(size).uniform_(-0.1, 0.1)) if start == "learned" else None
            self.start = nn.Linear(grid, size) if learned is None else learned
        self.dropout = Dropout(dropout)
        self.asks_after, self.seen = asks_after, grid if attends else 0
        self.layers = RecurrentLayers(
            cell, embedding, state, layers=layers, dropout=dropout, seen=self.seen, seen_by=asks_after
        )

    def remember(
        self, features: Float[Tensor, "b n c"], frames: int = 1, *, mask: Bool[Tensor, "b n"] | None = None
    ) -> Memory:
        """The encoder's grid, projected, with its attention keys; everything that is needed of a photo, once.

        Args:
            features: of photos, or of clips, the places of all frames, frame after frame.
            frames: of each clip.
            mask: which places there are; None where all are.
        """
        return self.recall(self.dropout(self.project(features, frames)), mask)

    def recall(self, grid: Float[Tensor, "b n d"], mask: Bool[Tensor, "b n"] | None = None) -> Memory:
        """The memory of photos whose projected grid was kept."""
        if self.attention is None:
            return Memory(grid, grid[:, :, :0], mask=mask)
        keys = self.attention.keys(grid)
        return Memory(grid, keys, mask=mask, factors=self.attention.factors(keys))

    def begin(self, memory: Memory, rows_per_photo: int = 1) -> State:
        """The state before the first word: learned, or tanh(W·v̄) of the grid's mean (Xu et al., section 3.1.2)."""
        begun = self.start(memory.mean()) if isinstance(self.start, nn.Linear) else self.start
        start = torch.tanh(begun).expand(memory.grid.shape[0], -1)
        start = start.repeat_interleave(rows_per_photo, dim=0)  # (r, [2]·l·h)
        parts = start.view(start.shape[0], -1, self.layers.size).transpose(0, 1).contiguous()  # ([2]·l, r, h)
        count = len(self.layers.weight_hh)
        return State(parts[:count], parts[count:] if self.layers.kind == "lstm" else parts[:count, :, :0])

    def cut(self) -> Cut | None:
        """The weights of the layer that sees, for many steps; None where no layer does."""
        if not self.seen or self.asks_after == len(self.layers.weight_ih):
            return None
        return self.layers.cut(self.asks_after, self.seen)

    def say(self, words: Float[Tensor, "*w e"], cut: Cut | None = None) -> Float[Tensor, "*w said"]:
        """What the words alone say to the first layer's gates, and behind it to the attention if that hears them.

        It is said for all words of a batch in one matrix product each.

        Args:
            words: embedded.
            cut: from `cut`, where it is made once for many steps.
        """
        cut = cut or self.cut()
        said = self.layers.say(words, 0, cut.below if cut and not self.asks_after else None)
        return said if self.hear is None else torch.cat([said, self.hear(words)], dim=-1)

    def step(
        self,
        said: Float[Tensor, "r said"],
        state: State,
        memory: Memory | None,
        cut: Cut | None = None,
    ) -> Step:
        """One word. The recurrence is written here, and only here.

        Args:
            said: what the word says, from `say`.
            state: the state after the word before.
            memory: of b photos; rows are photo-major, r = b·k. None without photos.
            cut: from `cut`, where it is made once for many steps.
        """
        if self.attention is None:
            state, gates = self.layers.step(said, state)
            return Step(state, said.new_zeros(said.shape[0], 0), said.new_zeros(said.shape[0], 0), gates)
        assert memory is not None, "there is an attention, so there is a photo"
        asked = None
        if self.hear is not None:
            said, asked = torch.split(said, [len(self.layers.bias_ih[0]), self.hear.out_features], dim=1)
        below, above = state.split(self.asks_after)
        query, gates = state.hidden[-1], []
        if self.asks_after:
            below, gates = self.layers.step(said, below)
            query = below.hidden[-1]
        z, p = self.attention(query, memory, asked)
        if self.gate is not None:
            z = torch.sigmoid(self.gate(query)) * z
        cut = cut or self.cut()
        if cut is None:  # no layer lies above
            return Step(below, z, p, gates)
        if self.asks_after:
            said = self.layers.say(self.layers.dropout(query), self.asks_after, cut.below)
        above, more = self.layers.step(said + linear(z, cut.seeing), above, self.asks_after)
        return Step(below.under(above), z, p, gates + more)

    def forward(
        self, words: Float[Tensor, "w e"], plan: Plan, state: State, memory: Memory | None, *, gates: bool = False
    ) -> Trace:
        """Given words, one `step` after another; nothing is computed for words that do not exist.

        Args:
            words: embedded words, packed time after time: word i belongs to row `plan.rows[i]` at `plan.times[i]`.
            plan: which rows have a word when.
            state: of all rows, before their first word.
            memory: of the plan's photos; None without photos.
            gates: whether the trace has the gates.
        """
        half = torch.is_autocast_enabled("cpu")  # for which not every CPU has a kernel
        if self.attention is None and plan.even and not gates and not half:
            top, state = self.layers.run(words.view(len(plan.turns), plan.count, -1), state)
            nothing = top.new_zeros(len(words), 0)
            return Trace(top.flatten(0, 1), nothing, nothing, state, [])
        steps: list[Step] = []
        cut, memory = self.cut(), None if memory is None else memory.share()
        ended, ends = [plan.silent], [state.select(plan.silent)]
        state = state.select(plan.turns[0].rows)
        for said, turn in zip(torch.split(self.say(words, cut), plan.sizes), plan.turns, strict=True):
            if turn.kept is not None:
                state = state.select(turn.kept)
            if memory is not None:
                memory = memory if turn.photos is None else memory.keep(turn.photos).share()
                memory = memory.of_rows(turn.block, turn.slots)
            step = self.step(said, state, memory, cut)
            steps.append(step if gates else step._replace(gates=[]))
            state = step.state
            ended.append(turn.rows[turn.last])
            ends.append(state.select(turn.last))
        final = State(*(torch.cat(parts, dim=1) for parts in zip(*ends, strict=True)))
        return Trace(
            torch.cat([step.hidden for step in steps]),
            torch.cat([step.z for step in steps]),
            torch.cat([step.p for step in steps]),
            final.select(torch.cat(ended).argsort()),
            [_packed(layer) for layer in zip(*(step.gates for step in steps), strict=True)],
        )


def _packed(steps: Sequence[Gates]) -> Gates:
    """The gates of one layer at all times, time after time."""
    return {name: torch.cat([gates[name] for gates in steps]) for name in steps[0]}
