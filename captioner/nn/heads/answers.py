"""Two answer heads: both take glimpses of the grid with h, the core's state after the last word of the question.

`StackedHead`, each glimpse with a better question (stacked attention, Yang et al. 2016, arXiv:1511.02274):

    u_0 = W_h h
    z_i, p_i = attention_i(u_{i-1}, grid)
    u_i = u_{i-1} + W_i z_i
    logits = W_c · dropout(tanh(u_g)) + b

`ParallelHead`, all glimpses side by side, then a hidden layer that compares them ("Show, Ask, Attend, and Answer",
Kazemi & Elqursh 2017, arXiv:1704.03162), here with counts. Without a layer behind them no two places could be
compared; and weights that sum to 1 cannot tell one thing from two alike (Zhang et al. 2018, arXiv:1802.05766), so each
glimpse also tells how many places match, where a thing may lie at one place or at nine: with counters, c is learned,

    e_i = (W_k v)·(W_q h) / √a,  p_i = softmax(e_i),  z_i = Σ p_i W_v v,  m_i = Σ sigmoid(s_i e_i + t_i) c
    c = softplus(W_c v), and 1 without counters
    logits = W_c · dropout(relu(W [W_h h; z_1; …; z_g; m_1; …; m_g]))

or, where question and photo are joined by a product of gated layers (Teney et al. 2017, arXiv:1708.02711, eq. 1 and 5),

    logits = W_c · dropout(norm(gated_h(h) · gated_z([z_1; …; z_g; m_1; …; m_g])))
    gated(x) = tanh(W x + b) · σ(W' x + b')

norm is layer normalisation (Ba et al. 2016, arXiv:1607.06450), which Teney et al. do not have: products of gated values
are so small at first that the head learned the answers that words make likely, and shut its gates to the photo.
"""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.core.attention import AttentionName, Memory, SoftAttention
from captioner.nn.core.dropout import Dropout
from captioner.nn.core.products import Linear

AnswerJoin = Literal["sum", "product"]


class Verdict(NamedTuple):
    """What the head makes of each question."""

    logits: Float[Tensor, "r c"]
    p: Float[Tensor, "r g n"]


class Gated(nn.Module):
    """A gated layer, tanh(W x + b) · σ(W' x + b').

    Args:
        given: width of x.
        width: width of what comes out.
    """

    def __init__(self, given: int, width: int) -> None:
        super().__init__()
        self.both = Linear(given, 2 * width)

    def forward(self, x: Float[Tensor, "r x"]) -> Float[Tensor, "r y"]:
        """Both parts, multiplied."""
        value, gate = self.both(x).chunk(2, dim=1)
        return torch.tanh(value) * torch.sigmoid(gate)


class Look(nn.Module):
    """One glimpse, with keys of its own, and the question made better by it.

    Args:
        grid: width d of the places.
        width: width of u, and of keys and queries.
        kind: `additive` or `dot`.
    """

    def __init__(self, grid: int, width: int, kind: AttentionName) -> None:
        super().__init__()
        self.attention = SoftAttention(kind, grid, width, width=width)
        self.seen = Linear(grid, width, bias=False)

    def forward(self, u: Float[Tensor, "r u"], memory: Memory) -> tuple[Float[Tensor, "r u"], Float[Tensor, "r n"]]:
        """The question after this look, and the weights of the look."""
        glimpse = self.attention(u, memory._replace(keys=self.attention.keys(memory.grid), factors=None))
        return u + self.seen(glimpse.z), glimpse.p


class StackedHead(nn.Module):
    """Answer logits from the state after a question.

    Args:
        answers: number c of answers.
        state: width h of the hidden state.
        grid: width d of the places.
        glimpses: number g of looks at the grid; 0 answers from the state alone.
        width: width of u, and of attention keys and queries.
        attention: `additive` or `dot`.
        dropout: probability with which a value of the state, and before the classifier, is dropped.
    """

    def __init__(
        self,
        answers: int,
        state: int,
        grid: int,
        *,
        glimpses: int = 2,
        width: int = 512,
        attention: AttentionName = "additive",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.question = Linear(state, width)
        self.looks = nn.ModuleList(Look(grid, width, attention) for _ in range(glimpses))
        self.dropout = Dropout(dropout)
        self.answers = Linear(width, answers)

    def forward(self, hidden: Float[Tensor, "r h"], memory: Memory) -> Verdict:
        """Looks g times and decides.

        Args:
            hidden: the top layer's state after the last word.
            memory: of b photos, `Memory.of_rows` where photos have different numbers of questions.
        """
        u = self.question(self.dropout(hidden))
        p = [u.new_zeros(u.shape[0], 0, memory.grid.shape[1])]
        for look in self.looks:
            u, weights = look(u, memory)
            p.append(weights[:, None])
        return Verdict(self.answers(self.dropout(torch.tanh(u))), torch.cat(p, dim=1))


class ParallelHead(nn.Module):
    """Answer logits from the state after a question, by glimpses side by side and counts.

    Args:
        answers: number c of answers.
        state: width h of the hidden state.
        grid: width d of the places.
        glimpses: number g of looks at the grid; 0 answers from the state alone.
        width: width of what a glimpse says, and of its keys and queries.
        counters: number of learned ways to count what matches; 0 counts places.
        join: how question and glimpses meet, `sum` or `product`.
        dropout: probability with which a value of the state, and before the classifier, is dropped.
    """

    def __init__(
        self,
        answers: int,
        state: int,
        grid: int,
        *,
        glimpses: int = 2,
        width: int = 512,
        counters: int = 0,
        join: AnswerJoin = "sum",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.glimpses = glimpses
        self.join = join
        if join == "sum":
            self.question = Linear(state, width)
        self.query, self.key = Linear(state, glimpses * width), nn.Linear(grid, glimpses * width)
        self.seen = nn.Linear(grid, width)
        self.slope = nn.Parameter(torch.full((glimpses, 1, 1), 4.0))
        self.bias = nn.Parameter(torch.full((glimpses, 1, 1), -2.0))  # at first, few places match
        self.counters = nn.Linear(grid, counters) if counters else None
        looked = glimpses * (width + max(1, counters))
        if join == "sum":
            self.compare = Linear(width + looked, 2 * width)
        else:
            self.heard, self.saw = Gated(state, 2 * width), Gated(looked, 2 * width)
            self.norm = nn.LayerNorm(2 * width)
        self.dropout = Dropout(dropout)
        self.answers = Linear(2 * width, answers)

    def forward(self, hidden: Float[Tensor, "r h"], memory: Memory) -> Verdict:
        """Looks g times at once and decides.

        Args:
            hidden: the top layer's state after the last word.
            memory: of b photos, `Memory.of_rows` where photos have different numbers of questions.
        """
        hidden = self.dropout(hidden)
        keys = self._split(self.key(memory.grid))  # (b, g, n, a)
        scores = self._split(memory.block(self.query(hidden))) @ keys.transpose(2, 3) * keys.shape[3] ** -0.5
        p = scores.softmax(dim=3)  # (b, g, k, n)
        z = p.to(memory.grid.dtype) @ self.seen(memory.grid)[:, None]  # (b, g, k, a)
        matches = torch.sigmoid(self.slope * scores + self.bias)  # (b, g, k, n)
        if self.counters is None:
            counts = matches.sum(dim=3, keepdim=True)
        else:
            counts = matches @ nn.functional.softplus(self.counters(memory.grid))[:, None]  # (b, g, k, counters)
        seen = torch.cat([each.transpose(1, 2).flatten(2) for each in (z, 0.5 * counts)], dim=2)
        found = self._joined(hidden, memory.unblock(seen))
        return Verdict(self.answers(self.dropout(found)), memory.unblock(p.transpose(1, 2)))

    def _joined(self, hidden: Float[Tensor, "r h"], seen: Float[Tensor, "r z"]) -> Float[Tensor, "r w"]:
        """What was asked and what was seen, in one hidden layer."""
        if self.join == "product":
            return self.norm(self.heard(hidden) * self.saw(seen))
        return torch.relu(self.compare(torch.cat([self.question(hidden), seen], dim=1)))

    def _split(self, x: Float[Tensor, "b x ga"]) -> Float[Tensor, "b g x a"]:
        return x.view(x.shape[0], x.shape[1], self.glimpses, -1).transpose(1, 2)


AnswerHead = StackedHead | ParallelHead
