"""The caption head: word logits from h, z and the word before, the deep output of Xu et al. 2015 (equation 7)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.core.dropout import Dropout
from captioner.nn.core.products import Linear


class CaptionHead(nn.Module):
    """logits = W_o · dropout(tanh(W_h h + W_z z + E y_{t-1})) + b.

    Args:
        vocabulary: number v of words.
        embedding: width e of a word.
        state: width h of the hidden state.
        glimpse: width d of z; 0 without attention.
        dropout: probability with which a value before the vocabulary product is dropped.
        tied: the embedding whose weights serve as W_o (Press & Wolf 2017, arXiv:1608.05859); None for its own.
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        state: int,
        *,
        glimpse: int,
        dropout: float = 0.0,
        tied: nn.Embedding | None = None,
    ) -> None:
        super().__init__()
        self.hidden = Linear(state, embedding)
        self.glimpse = Linear(glimpse, embedding, bias=False) if glimpse else None
        self.dropout = Dropout(dropout)
        self.words = Linear(embedding, vocabulary)
        nn.init.zeros_(self.words.bias)
        if tied is not None:
            self.words.weight = tied.weight

    def forward(
        self, hidden: Float[Tensor, "w h"], z: Float[Tensor, "w d"], word: Float[Tensor, "w e"]
    ) -> Float[Tensor, "w v"]:
        """Word logits from the new state, the glimpse, and the embedded word before."""
        deep = self.hidden(hidden) + word
        if self.glimpse is not None:
            deep = deep + self.glimpse(z)
        return self.words(self.dropout(torch.tanh(deep)))
