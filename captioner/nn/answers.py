"""The answer head: glimpses of the grid, each with a better question, then a classifier.

Stacked attention (Yang et al. 2016, arXiv:1511.02274) as in Kazemi & Elqursh 2017 (arXiv:1704.03162):

    u_0 = W_h h                     h: the core's state after the last word of the question
    z_i, p_i = attention_i(u_{i-1}, grid)
    u_i = u_{i-1} + W_i z_i
    logits = W_c · dropout(tanh(u_g)) + b
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.attention import AttentionName, Memory, SoftAttention


class Verdict(NamedTuple):
    """What the head makes of each question."""

    logits: Float[Tensor, "r c"]
    p: Float[Tensor, "r g n"]


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
        self.seen = nn.Linear(grid, width, bias=False)

    def forward(self, u: Float[Tensor, "r u"], memory: Memory) -> tuple[Float[Tensor, "r u"], Float[Tensor, "r n"]]:
        """The question after this look, and the weights of the look."""
        glimpse = self.attention(u, memory._replace(keys=self.attention.keys(memory.grid)))
        return u + self.seen(glimpse.z), glimpse.p


class AnswerHead(nn.Module):
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
        self.question = nn.Linear(state, width)
        self.looks = nn.ModuleList(Look(grid, width, attention) for _ in range(glimpses))
        self.dropout = nn.Dropout(dropout)
        self.answers = nn.Linear(width, answers)

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
